import { type Caller, hasPermission } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { errors } from '../../kernel/errors.js';
import { newId, newIdAt } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { type ImportedAccount, type ImportFault, type PartReader, readImportLine } from './import-line.js';
import { usersImported } from './users.contract.js';

/** What a feature above keeps of an account and an import brings along, such as the hash of a password. */
export interface AccountPart extends PartReader {
  /** Writes it for new accounts, by their ids. */
  write(unit: Unit, texts: ReadonlyMap<string, string>): Promise<void>;
  /** Reads it for an export that asks for it. */
  read(em: EntityManager, userIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

/** A line as it was read, without its end, or why it could not be. Numbers begin at 1. */
export type ImportLine =
  | { readonly number: number; readonly text: string }
  | { readonly number: number; readonly fault: ImportFault };

export type ImportOutcome = 'created' | 'skipped' | 'refused';

/** What became of a line. */
export interface ImportedLine {
  readonly number: number;
  /** `skipped`: there is an account with its address, which stays as it is. */
  readonly outcome: ImportOutcome;
  readonly fault: ImportFault | null;
  /** Of an account that was created. */
  readonly userId: string | null;
}

interface Deps {
  readonly unitOfWork: UnitOfWork;
  readonly clock: Clock;
  /** Whether new accounts must have a second factor. */
  readonly settings: { readonly requiredForNewUsers: boolean };
}

/** A line that may become an account, and the id that it would have. */
interface Candidate {
  readonly number: number;
  readonly id: string;
  readonly account: ImportedAccount;
}

/** So many lines are one transaction, and one event. */
export const IMPORT_BATCH = 1_000;

/**
 * Takes accounts from elsewhere. What is there already is never changed, so the same lines may be sent again; nobody
 * is mailed. One event tells of a batch: a hundred thousand links of the audit chain would say no more.
 */
export class ImportUsersService {
  private readonly parts: AccountPart[] = [];

  constructor(private readonly deps: Deps) {}

  /** Lets the owner of another part of an account write it with the account. */
  bringAlong(part: AccountPart): void {
    this.parts.push(part);
  }

  /** As `importBatch`, of a text; empty lines are no lines, but they count. */
  async importText(caller: Caller, jsonLines: string): Promise<ImportedLine[]> {
    const lines = jsonLines
      .split('\n')
      .map((text, index) => ({ number: index + 1, text }))
      .filter(({ text }) => text.trim() !== '');
    return await this.importBatch(caller, newId(), lines);
  }

  /** What becomes of each line, in their order. At most 1,000, or INVALID_INPUT; `importId` ties batches together. */
  async importBatch(caller: Caller, importId: string, lines: readonly ImportLine[]): Promise<ImportedLine[]> {
    if (lines.length > IMPORT_BATCH) throw tooMany();
    const now = this.deps.clock.now();
    const candidates: Candidate[] = [];
    const results = new Map<number, ImportedLine>();
    for (const line of lines) {
      const { number } = line;
      const read = 'fault' in line ? line.fault : allowed(caller, readImportLine(line.text, this.parts, now));
      if (typeof read === 'string') results.set(number, refused(number, read));
      else candidates.push({ number, id: newIdAt(read.createdAt), account: read });
    }
    return await this.deps.unitOfWork.run(async (unit) => {
      for (const result of await this.write(unit, candidates)) results.set(result.number, result);
      const inOrder = lines.flatMap(({ number }) => results.get(number) ?? []);
      unit.emit(usersImported, {
        caller,
        subject: { type: 'import', id: importId },
        userId: null,
        payload: countsOf(inOrder),
      });
      return inOrder;
    });
  }

  private async write(unit: Unit, candidates: readonly Candidate[]): Promise<ImportedLine[]> {
    if (candidates.length === 0) return [];
    const created = await insertUsers(unit, candidates, this.deps.settings.requiredForNewUsers);
    for (const part of this.parts) {
      const texts = new Map<string, string>();
      for (const { id, account } of candidates) {
        const text = account.parts.get(part.member);
        if (text !== undefined && created.has(id)) texts.set(id, text);
      }
      if (texts.size > 0) await part.write(unit, texts);
    }
    const left = candidates.filter(({ id }) => !created.has(id));
    const known = await knownAddresses(unit, left);
    return candidates.map(({ number, id, account }) => {
      if (created.has(id)) return { number, outcome: 'created', fault: null, userId: id };
      if (known.has(account.email)) return { number, outcome: 'skipped', fault: null, userId: null };
      return refused(number, 'USERNAME_TAKEN');
    });
  }
}

/** How many lines came to what. */
export function countsOf(lines: readonly ImportedLine[]): Record<ImportOutcome, number> {
  const counts = { created: 0, skipped: 0, refused: 0 };
  for (const { outcome } of lines) counts[outcome] += 1;
  return counts;
}

/** One statement for all of them. In the order of addresses: two imports of the same people cannot block each other. */
async function insertUsers(
  { em, now }: Unit,
  candidates: readonly Candidate[],
  required: boolean,
): Promise<Set<string>> {
  const rows = candidates.map(({ number, id, account: { parts: _parts, ...columns } }) => ({
    number,
    id,
    ...columns,
  }));
  const inserted: { id: string }[] = await em.execute(
    `insert into users (id, email, email_verified_at, username, display_name, locale, picture_url, metadata, status,
       factor_kinds, second_factor_required, created_at, updated_at)
     select id, email, case when "emailVerified" then ?::timestamptz end, username, "displayName", locale,
       "pictureUrl", metadata, status, '[]', ?, "createdAt", ?::timestamptz
     from jsonb_to_recordset(?::text::jsonb) as line (number int, id uuid, email text, "emailVerified" boolean,
       username text, "displayName" text, locale text, "pictureUrl" text, metadata jsonb, status text,
       "createdAt" timestamptz)
     order by email, number on conflict do nothing returning id`,
    [now, required, now, JSON.stringify(rows)],
  );
  return new Set(inserted.map(({ id }) => id));
}

async function knownAddresses({ em }: Unit, candidates: readonly Candidate[]): Promise<Set<string>> {
  if (candidates.length === 0) return new Set();
  const addresses = JSON.stringify(candidates.map(({ account }) => account.email));
  const rows: { email: string }[] = await em.execute(
    'select email from users where email in (select jsonb_array_elements_text(?::text::jsonb))',
    [addresses],
  );
  return new Set(rows.map(({ email }) => email));
}

/** Accounts that can be signed in to at once are somebody's: to say whose takes more than to invite people. */
function allowed({ principal }: Caller, read: ImportedAccount | ImportFault): ImportedAccount | ImportFault {
  if (typeof read === 'string' || hasPermission(principal, 'users:modify')) return read;
  return read.emailVerified || read.parts.size > 0 ? 'PERMISSION_MISSING' : read;
}

function refused(number: number, fault: ImportFault): ImportedLine {
  return { number, outcome: 'refused', fault, userId: null };
}

function tooMany(): Error {
  return errors.INVALID_INPUT({ details: { reasons: [`At most ${IMPORT_BATCH} lines at once.`] } });
}
