import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, signedIn, stepUp } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { REMOVE_FACTORS } from './factor-removal.contract.js';
import type { FactorRemovalConfirmationService } from './factor-removal-confirmation.service.js';
import type { FactorRemovalService } from './factor-removal.service.js';
import {
  ConfirmFactorRemovalInput,
  ConfirmFactorRemovalPayload,
  DisableSecondFactorForUserInput,
  DisableSecondFactorForUserPayload,
  FactorRemovalType,
  WithdrawFactorRemovalInput,
  WithdrawFactorRemovalPayload,
} from './factor-removal.type.js';

interface Services {
  readonly factorRemovals: FactorRemovalService;
  readonly factorRemovalConfirmations: FactorRemovalConfirmationService;
}

@Resolver()
export class FactorRemovalResolver {
  constructor(private readonly services: Services) {}

  @Allow(can(REMOVE_FACTORS))
  @Query(() => [FactorRemovalType], {
    description: 'The removals of second factors that wait for another admin, oldest first; 100 at most.',
  })
  async factorRemovals(): Promise<FactorRemovalType[]> {
    const removals = await this.services.factorRemovals.listPending();
    return removals.map((removal) => FactorRemovalType.of(removal));
  }

  @Allow(every(can(REMOVE_FACTORS), signedIn, stepUp('disable_second_factor')))
  @Mutation(() => DisableSecondFactorForUserPayload, {
    description:
      'Asks that a user be rid of all their second factors, for one who has lost them. Nothing happens until another ' +
      'admin confirms within 24 hours; the user is told by mail now and then. Refused: USER_NOT_FOUND, USER_DELETED, ' +
      'USER_TOO_POWERFUL, FACTOR_REMOVAL_USER_CLOSED, FACTOR_REMOVAL_IS_OWN, FACTOR_REMOVAL_NEEDS_FACTOR, ' +
      'FACTOR_REMOVAL_PENDING.',
  })
  async disableSecondFactorForUser(
    @Arg('input', () => DisableSecondFactorForUserInput, { description: 'Whose, and why.' })
    { userId, reason }: DisableSecondFactorForUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<DisableSecondFactorForUserPayload> {
    const removal = await this.services.factorRemovals.request(caller, userId.toLowerCase(), reason);
    return { removalId: removal.id, expiresAt: removal.expiresAt };
  }

  @Allow(every(can(REMOVE_FACTORS), signedIn, stepUp('disable_second_factor')))
  @Mutation(() => ConfirmFactorRemovalPayload, {
    description:
      'Removes the second factors, recovery codes and trusted devices of the user whom another admin named, ends all ' +
      'their sessions, and tells them by mail. Who confirms has held the permission for 24 hours, and is neither the ' +
      'user nor who asked; both signed in with an authenticator app or a passkey that they have had for 24 hours. ' +
      'Refused: FACTOR_REMOVAL_NOT_FOUND, FACTOR_REMOVAL_OVER, FACTOR_REMOVAL_IS_OWN, FACTOR_REMOVAL_NEEDS_FACTOR, ' +
      'SECOND_ADMIN_REQUIRED, SECOND_ADMIN_TOO_NEW, USER_TOO_POWERFUL.',
  })
  async confirmFactorRemoval(
    @Arg('input', () => ConfirmFactorRemovalInput, { description: 'Which removal.' })
    { removalId }: ConfirmFactorRemovalInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConfirmFactorRemovalPayload> {
    await this.services.factorRemovalConfirmations.confirm(caller, removalId.toLowerCase());
    return { confirmed: true };
  }

  @Allow(every(can(REMOVE_FACTORS), signedIn, stepUp('disable_second_factor')))
  @Mutation(() => WithdrawFactorRemovalPayload, {
    description:
      'Takes a removal back that nobody has confirmed, whoever asked for it. Refused: FACTOR_REMOVAL_NOT_FOUND, ' +
      'FACTOR_REMOVAL_OVER, USER_DELETED, USER_TOO_POWERFUL.',
  })
  async withdrawFactorRemoval(
    @Arg('input', () => WithdrawFactorRemovalInput, { description: 'Which removal.' })
    { removalId }: WithdrawFactorRemovalInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<WithdrawFactorRemovalPayload> {
    await this.services.factorRemovals.withdraw(caller, removalId.toLowerCase());
    return { withdrawn: true };
  }
}
