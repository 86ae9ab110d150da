import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { UserType } from '../../users/user.type.js';
import type { SecondFactorRequirementService } from './second-factor-requirement.service.js';
import { RequireSecondFactorInput, RequireSecondFactorPayload } from './second-factor-requirement.type.js';

interface Services {
  readonly secondFactorRequirements: SecondFactorRequirementService;
}

@Resolver()
export class SecondFactorRequirementResolver {
  constructor(private readonly services: Services) {}

  @Allow(every(can('users:mfa'), stepUp('require_second_factor')))
  @Mutation(() => RequireSecondFactorPayload, {
    description:
      'Requires a second factor of an account, or leaves that to the settings. Its sessions end at the deadline unless ' +
      'it has one by then. Refused: REQUIREMENT_IS_OWN, USER_NOT_FOUND, USER_DELETED, USER_TOO_POWERFUL.',
  })
  async requireSecondFactor(
    @Arg('input', () => RequireSecondFactorInput, { description: 'Of whom, and until when.' })
    { userId, required, deadline = null }: RequireSecondFactorInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RequireSecondFactorPayload> {
    const requirement = { userId: userId.toLowerCase(), required, deadline };
    const user = await this.services.secondFactorRequirements.set(caller, requirement);
    return {
      user: UserType.of(user),
      required: user.secondFactorRequired,
      deadline: user.secondFactorDeadline,
    };
  }
}
