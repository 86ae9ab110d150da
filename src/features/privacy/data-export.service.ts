import type { Caller } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { errors } from '../../kernel/errors.js';
import { keyedFingerprint } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { RateLimiter } from '../../platform/rate-limiter.js';
import type { User } from '../users/user.entity.js';
import type { UserService } from '../users/user.service.js';
import { type ExportedTable, exportTables, type PersonalTable } from './personal-table.js';
import { dataExported } from './privacy.contract.js';

/** Everything that is kept about a person, as they may read it. */
export interface DataExport {
  readonly exportedAt: Date;
  readonly user: User;
  readonly sections: readonly ExportedTable[];
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  readonly users: UserService;
  readonly keyring: Keyring;
  readonly personalTables: readonly PersonalTable[];
  readonly budgets: { readonly dataExport: RateLimiter };
}

/** Gives people a copy of what is kept about them: no secrets, no hashes, and nothing about anybody else. */
export class DataExportService {
  constructor(private readonly deps: Deps) {}

  /** Throws UNAUTHENTICATED or RATE_LIMITED. */
  async exportOwn(caller: Caller): Promise<DataExport> {
    const { principal } = caller;
    if (principal.kind !== 'user') throw errors.UNAUTHENTICATED();
    await this.deps.budgets.dataExport.consume(keyedFingerprint(this.deps.keyring, 'budget', principal.id));
    const user = await this.deps.users.getById(principal.id);
    // Not the names they had before: rows that name those may be somebody else's by now.
    const identifiers = [user.email, user.username].filter((name) => name !== null);
    const subject = { userId: user.id, identifiers, addressProved: user.emailVerifiedAt !== null };
    const tables = this.deps.personalTables.toReversed();
    const sections = await exportTables(this.deps.em.fork(), tables, subject);
    await this.deps.unitOfWork.run(async ({ emit }) => {
      emit(dataExported, { caller, subject: { type: 'user', id: user.id }, userId: user.id, payload: {} });
    });
    return { exportedAt: this.deps.clock.now(), user, sections };
  }
}
