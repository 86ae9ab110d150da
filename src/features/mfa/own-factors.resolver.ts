import { Arg, Ctx, FieldResolver, Int, Mutation, Resolver, Root } from 'type-graphql';
import { Allow, fresh, owns } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { ownerOr, UserType } from '../users/user.type.js';
import type { EnrolledFactor } from './factor.js';
import type { RecoveryCodeFactor } from './factors/recovery-code/recovery-code.factor.js';
import type { MfaService } from './mfa.service.js';
import { SecondFactorType } from './mfa.type.js';
import type { OwnFactorsService } from './own-factors.service.js';
import {
  RegenerateRecoveryCodesPayload,
  RemoveSecondFactorInput,
  RemoveSecondFactorPayload,
} from './own-factors.type.js';

interface Services {
  readonly ownFactors: OwnFactorsService;
  readonly mfa: MfaService;
  readonly recoveryCodes: RecoveryCodeFactor;
}

@Resolver()
export class OwnFactorsResolver {
  constructor(private readonly services: Pick<Services, 'ownFactors'>) {}

  @Allow(fresh())
  @Mutation(() => RemoveSecondFactorPayload, {
    description:
      'Takes a second factor, of whatever kind, from the caller’s account, who is told by mail. With the last one its ' +
      'recovery codes go. Ends sign-ins that are half done. Refused: FACTOR_NOT_FOUND.',
  })
  async removeSecondFactor(
    @Arg('input', () => RemoveSecondFactorInput, { description: 'Which factor.' })
    { factorId }: RemoveSecondFactorInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RemoveSecondFactorPayload> {
    await this.services.ownFactors.remove(caller, factorId);
    return { factorId };
  }

  @Allow(fresh())
  @Mutation(() => RegenerateRecoveryCodesPayload, {
    description:
      'Makes ten new recovery codes in the place of all earlier ones; the owner is told by mail. Refused: ' +
      'FACTOR_UNAVAILABLE, while the account has no second factor.',
  })
  async regenerateRecoveryCodes(@Ctx() { caller }: GraphQLContext): Promise<RegenerateRecoveryCodesPayload> {
    return { recoveryCodes: await this.services.ownFactors.replaceRecoveryCodes(caller) };
  }
}

@Resolver(() => UserType)
export class UserSecondFactorsResolver {
  constructor(private readonly services: Pick<Services, 'mfa' | 'recoveryCodes'>) {}

  @Allow(ownerOr('users:read'))
  @FieldResolver(() => [SecondFactorType], {
    nullable: true,
    description: 'The user’s second factors; their recovery codes are one of them while any is left.',
  })
  async secondFactors(
    @Root() user: UserType,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<readonly EnrolledFactor[]> {
    const load = (ids: readonly string[]) => this.services.mfa.factorsOfMany(ids);
    return (await loaders.load('user-second-factors', user.id, load)) ?? [];
  }

  @Allow(owns('id'))
  @FieldResolver(() => Int, {
    nullable: true,
    description: 'How many recovery codes are left; null for a user who has none, used ones included.',
  })
  async recoveryCodesLeft(
    @Root() user: UserType,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<number | null> {
    const load = (ids: readonly string[]) => this.services.recoveryCodes.countLeftOfMany(ids);
    return await loaders.load('user-recovery-codes-left', user.id, load);
  }
}
