import type { Caller } from '../../kernel/caller.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { MachineClaims } from '../tokens/token.claims.js';
import { machineTokenRevoked } from './service-accounts.contract.js';

/** Owns how single access tokens of service accounts end. */
export class MachineTokenService {
  constructor(private readonly deps: { readonly unitOfWork: UnitOfWork }) {}

  /** Ends the token of these claims, on behalf of the account that has it. Again changes nothing. */
  async revoke(caller: Caller, { jti, sub: serviceAccountId }: MachineClaims): Promise<void> {
    await this.deps.unitOfWork.run(async ({ em, now, emit }) => {
      // The statement decides who ended it, so that two processes write one event.
      const ended: { id: string }[] = await em.execute(
        `update machine_tokens set revoked_at = ?
         where id = ? and service_account_id = ? and revoked_at is null returning id`,
        [now, jti, serviceAccountId],
      );
      if (ended.length === 0) return;
      const subject = { type: 'machine_token', id: jti };
      emit(machineTokenRevoked, { caller, subject, userId: null, payload: { serviceAccountId } });
    });
  }
}
