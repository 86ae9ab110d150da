import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import { Allow, anyone, fresh } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { EmailChangeService } from './email-change.service.js';
import {
  ChangeEmailInput,
  ChangeEmailPayload,
  ConfirmEmailChangeInput,
  ConfirmEmailChangePayload,
  UndoEmailChangeInput,
  UndoEmailChangePayload,
} from './email-change.type.js';
import type { EmailUndoService } from './email-undo.service.js';

interface Services {
  readonly emailChange: EmailChangeService;
  readonly emailUndo: EmailUndoService;
}

@Resolver()
export class EmailChangeResolver {
  constructor(private readonly services: Services) {}

  @Allow(fresh())
  @Sensitive()
  @Mutation(() => ChangeEmailPayload, {
    description:
      'Mails a link and six digits, good once and for 24 hours, to the new address; the account keeps its own until ' +
      'then. The answer is the same when another account has the address, and nobody is written to. Refused: ' +
      'EMAIL_INVALID, EMAIL_UNCHANGED, EMAIL_DOMAIN_REFUSED, RATE_LIMITED.',
  })
  async changeEmail(
    @Arg('input', () => ChangeEmailInput, { description: 'Which address.' }) { newEmail }: ChangeEmailInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ChangeEmailPayload> {
    return { accepted: true, ...(await this.services.emailChange.request(caller, newEmail)) };
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => ConfirmEmailChangePayload, {
    description:
      'Gives the account its new address. Ends every other session and every pending link and code; the former ' +
      'address is told by mail and can take the change back for 72 hours. Refused: CHALLENGE_INVALID, ' +
      'CHALLENGE_EXPIRED, CHALLENGE_EXHAUSTED, EMAIL_TAKEN, INVALID_INPUT, RATE_LIMITED.',
  })
  async confirmEmailChange(
    @Arg('input', () => ConfirmEmailChangeInput, { description: 'What the mail said.' })
    input: ConfirmEmailChangeInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ConfirmEmailChangePayload> {
    return { email: await this.services.emailChange.confirm(caller, input) };
  }

  @Allow(anyone)
  @Sensitive()
  @Mutation(() => UndoEmailChangePayload, {
    description:
      'Puts the former address back, for an owner who did not change it. Ends every session, every pending link and ' +
      'code, and the password, which somebody else may know: the address gets a mail to choose another. Refused: ' +
      'CHALLENGE_INVALID, CHALLENGE_EXPIRED, EMAIL_TAKEN.',
  })
  async undoEmailChange(
    @Arg('input', () => UndoEmailChangeInput, { description: 'What the mail said.' })
    { token }: UndoEmailChangeInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<UndoEmailChangePayload> {
    return { email: await this.services.emailUndo.undo(caller, token) };
  }
}
