import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, freshOrAttempt, signedIn } from '../../../../graphql/allow.js';
import type { GraphQLContext } from '../../../../graphql/context.js';
import { Sensitive } from '../../../../graphql/sensitive.js';
import { EnrolledFactorPayload } from '../../mfa.type.js';
import type { PasskeyEnrolmentService } from './passkey-enrolment.service.js';
import {
  ConfirmPasskeyInput,
  EnrolPasskeyInput,
  EnrolPasskeyPayload,
  RenamePasskeyInput,
  RenamePasskeyPayload,
} from './passkey.type.js';

interface Services {
  readonly passkeyEnrolments: PasskeyEnrolmentService;
}

@Resolver()
export class PasskeyResolver {
  constructor(private readonly services: Services) {}

  @Allow(freshOrAttempt)
  @Sensitive()
  @Mutation(() => EnrolPasskeyPayload, {
    description:
      'Begins to add a passkey to the account of the caller, or of a sign-in that waits for an enrolment; the one begun ' +
      'before is worth nothing any more. Refused: FACTOR_LIMIT_REACHED (20), STEP_UP_REQUIRED, ATTEMPT_INVALID, ' +
      'FACTOR_UNAVAILABLE, RATE_LIMITED.',
  })
  async enrolPasskey(
    @Arg('input', () => EnrolPasskeyInput, { description: 'Which passkey, and for whom.' })
    { name, attemptToken = null }: EnrolPasskeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EnrolPasskeyPayload> {
    const options = await this.services.passkeyEnrolments.begin(caller, { name, attemptToken });
    return { publicKey: { ...options } };
  }

  @Allow(freshOrAttempt)
  @Sensitive()
  @Mutation(() => EnrolledFactorPayload, {
    description:
      'Adds the passkey that the browser has made; its owner is told by mail. It is a second factor at once and, if it ' +
      'verified its user, a way to sign in by itself. Each challenge is good for one answer, right or wrong. Refused: ' +
      'PASSKEY_REFUSED, PASSKEY_TAKEN, FACTOR_LIMIT_REACHED, STEP_UP_REQUIRED, ATTEMPT_INVALID, FACTOR_UNAVAILABLE.',
  })
  async confirmPasskey(
    @Arg('input', () => ConfirmPasskeyInput, { description: 'What the browser answered.' })
    { credential: answer, attemptToken = null }: ConfirmPasskeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<EnrolledFactorPayload> {
    return await this.services.passkeyEnrolments.confirm(caller, { answer, attemptToken });
  }

  @Allow(signedIn)
  @Mutation(() => RenamePasskeyPayload, {
    description: 'Gives a passkey of the caller another name. Refused: FACTOR_NOT_FOUND.',
  })
  async renamePasskey(
    @Arg('input', () => RenamePasskeyInput, { description: 'Which passkey, and its name.' })
    input: RenamePasskeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RenamePasskeyPayload> {
    return { factor: await this.services.passkeyEnrolments.rename(caller, input) };
  }
}
