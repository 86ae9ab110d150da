import { isImportableHash } from '../../../../platform/crypto/foreign-hash.js';
import type { EntityManager } from '../../../../platform/database/orm.js';
import type { Unit } from '../../../../platform/database/unit.js';
import type { ExportUsersService } from '../../../users/export-users.service.js';
import type { AccountPart, ImportUsersService } from '../../../users/import-users.service.js';
import { Password } from './password.entity.js';

const MAX_HASH_LENGTH = 300;

interface Deps {
  readonly importUsers: ImportUsersService;
  readonly exportUsers: ExportUsersService;
}

/**
 * Brings hashes of passwords along when accounts come from elsewhere, and out again for operators. A foreign hash
 * is tried at the first sign-in, and then replaced by one of ours.
 */
export class PasswordTransferService implements AccountPart {
  readonly member = 'passwordHash';
  readonly fault = 'PASSWORD_HASH_UNSUPPORTED';

  constructor({ importUsers, exportUsers }: Deps) {
    importUsers.bringAlong(this);
    exportUsers.bringAlong(this);
  }

  isGood(hash: string): boolean {
    return hash.length <= MAX_HASH_LENGTH && isImportableHash(hash);
  }

  async write({ em, now }: Unit, hashes: ReadonlyMap<string, string>): Promise<void> {
    const rows = JSON.stringify([...hashes].map(([id, hash]) => ({ id, hash })));
    await em.execute(
      `insert into passwords (user_id, hash, changed_at, set_by_mail)
       select id, hash, ?::timestamptz, false from jsonb_to_recordset(?::text::jsonb) as line (id uuid, hash text)`,
      [now, rows],
    );
  }

  async read(em: EntityManager, userIds: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const passwords = await em.find(Password, { userId: { $in: [...userIds] } });
    return new Map(passwords.map(({ userId, hash }) => [userId, hash]));
  }
}
