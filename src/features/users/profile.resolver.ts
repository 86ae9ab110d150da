import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, signedIn } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { ProfileService } from './profile.service.js';
import { UpdateProfileInput, UpdateProfilePayload } from './profile.type.js';
import { UserType } from './user.type.js';

@Resolver()
export class ProfileResolver {
  constructor(private readonly services: { readonly profiles: ProfileService }) {}

  @Allow(signedIn)
  @Sensitive()
  @Mutation(() => UpdateProfilePayload, {
    description:
      'Changes what others see of the own account, and nothing else. Refused: INVALID_INPUT with the field, ' +
      'USERNAME_INVALID, USERNAME_TAKEN, RATE_LIMITED.',
  })
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'What to change.' }) input: UpdateProfileInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UpdateProfilePayload> {
    return { user: UserType.of(await this.services.profiles.update(caller, input)) };
  }
}
