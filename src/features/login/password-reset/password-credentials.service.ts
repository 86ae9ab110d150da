import type { Caller } from '../../../kernel/caller.js';
import type { CredentialKind, PlantedCredential } from '../../../platform/credential-kind.js';
import type { EntityManager } from '../../../platform/database/orm.js';
import type { Unit } from '../../../platform/database/unit.js';
import { Password } from '../methods/password/password.entity.js';
import { passwordDiscarded } from '../methods/login-link/login-link.contract.js';
import { traceIdOf } from '../methods/password/password.service.js';
import type { PasswordResetService } from './password-reset.service.js';

/** Passwords that a session has set, as what it may have planted: in somebody's account, or in its own user's. */
export class PasswordCredentialsService implements CredentialKind {
  readonly kind = 'password';
  readonly permission = 'users:modify';

  constructor(private readonly deps: { readonly passwordResets: PasswordResetService }) {}

  async createdBy(em: EntityManager, sessionIds: readonly string[]): Promise<PlantedCredential[]> {
    return (await em.find(Password, { createdBySessionId: { $in: [...sessionIds] } })).map(planted);
  }

  /** None: taking back a change of address forgets the password in any case. */
  async createdSince(): Promise<PlantedCredential[]> {
    return [];
  }

  /** Forgets them and mails the owners a link to set another. One that was set since is another one, and stays. */
  async revokeWithin(unit: Unit, caller: Caller, ids: readonly string[]): Promise<string[]> {
    const userIds = ids.map((id) => id.split(':')[0] ?? '');
    const passwords = await unit.em.find(Password, { userId: { $in: userIds } });
    const gone = passwords.filter((password) => ids.includes(traceIdOf(password)));
    for (const { userId } of gone) {
      await this.deps.passwordResets.startAnewWithin(unit, userId);
      unit.emit(passwordDiscarded, { caller, subject: { type: 'user', id: userId }, userId, payload: {} });
    }
    return gone.map(traceIdOf);
  }
}

function planted(password: Password): PlantedCredential {
  const { userId, changedAt, createdBySessionId } = password;
  const id = traceIdOf(password);
  return { kind: 'password', id, userId, name: null, createdAt: changedAt, createdBySessionId };
}
