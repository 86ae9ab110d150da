import { parseEmailAddress } from '../../kernel/email-address.js';
import { AuthError } from '../../kernel/errors.js';
import { isReadable } from '../../kernel/readable-text.js';
import { readProfile } from './profile.policy.js';
import type { UserMetadata, UserStatus } from './user.entity.js';

/** Why a line was not taken. It names no value: what is in a line is somebody's. */
export const IMPORT_FAULTS = {
  LINE_TOO_LONG: 'It has more than 64 KiB.',
  NOT_AN_OBJECT: 'It is no JSON object.',
  FIELD_UNKNOWN: 'It has a member that no account has.',
  TEXT_UNREADABLE: 'It has text with control characters or halves of characters.',
  EMAIL_INVALID: '`email` is missing, or no address.',
  EMAIL_VERIFIED_INVALID: '`emailVerified` is neither true nor false.',
  USERNAME_INVALID: '`username` is none.',
  USERNAME_TAKEN: 'Another account has the username.',
  PROFILE_INVALID: '`displayName`, `locale`, `pictureUrl` or `metadata` does not fit.',
  STATUS_INVALID: '`status` is neither `active` nor `deactivated`.',
  CREATED_AT_INVALID: '`createdAt` is no moment from 1970 to now, as ISO 8601.',
  PERMISSION_MISSING: 'It has `passwordHash` or a verified address, which takes `users:modify` as well.',
  PASSWORD_HASH_UNSUPPORTED: '`passwordHash` is of no kind that can be verified here.',
} as const;
export type ImportFault = keyof typeof IMPORT_FAULTS;

/** An account as a line tells it, in the forms that are stored. */
export interface ImportedAccount {
  readonly email: string;
  readonly emailVerified: boolean;
  readonly username: string | null;
  readonly displayName: string | null;
  readonly locale: string | null;
  readonly pictureUrl: string | null;
  readonly metadata: UserMetadata;
  readonly status: UserStatus;
  readonly createdAt: Date;
  /** What features above keep of an account, by their member of the line. */
  readonly parts: ReadonlyMap<string, string>;
}

/** What a feature above keeps of an account, a text under a member of its own. */
export interface PartReader {
  readonly member: string;
  readonly fault: ImportFault;
  isGood(text: string): boolean;
}

/** A line that cannot be taken. */
class Misfit extends Error {
  constructor(readonly fault: ImportFault) {
    super(fault);
  }
}

type Members = Readonly<Record<string, unknown>>;

const MEMBERS = ['email', 'emailVerified', 'username', 'displayName', 'locale', 'pictureUrl', 'metadata'];
const KNOWN = new Set([...MEMBERS, 'status', 'createdAt']);

/** The account of a line of JSON, or why it is none; `now` is when it is read. */
export function readImportLine(
  line: string,
  parts: readonly PartReader[],
  now: Date,
): ImportedAccount | ImportFault {
  try {
    const members = membersOf(line, new Set(parts.map(({ member }) => member)));
    return {
      email: nameOf('EMAIL_INVALID', () => parseEmailAddress(text(members['email'], 'EMAIL_INVALID') ?? '')),
      emailVerified: flag(members['emailVerified']),
      ...profileOf(members),
      status: statusOf(members['status']),
      createdAt: momentOf(members['createdAt'], now),
      parts: partsOf(members, parts),
    };
  } catch (error) {
    if (error instanceof Misfit) return error.fault;
    // It nests deeper than the stack reaches.
    if (error instanceof RangeError) return 'PROFILE_INVALID';
    throw error;
  }
}

function membersOf(line: string, partMembers: ReadonlySet<string>): Members {
  const parsed = parsedJson(line);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new Misfit('NOT_AN_OBJECT');
  if (!Object.keys(parsed).every((each) => KNOWN.has(each) || partMembers.has(each)))
    throw new Misfit('FIELD_UNKNOWN');
  if (!isReadable(parsed)) throw new Misfit('TEXT_UNREADABLE');
  return parsed as Members;
}

// The message of a SyntaxError quotes what it read.
function parsedJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Misfit('NOT_AN_OBJECT');
  }
}

function profileOf(members: Members) {
  const { username } = nameOf('USERNAME_INVALID', () =>
    readProfile({ username: text(members['username'], 'USERNAME_INVALID') }),
  );
  const [displayName, locale, pictureUrl] = ['displayName', 'locale', 'pictureUrl'].map((member) =>
    text(members[member], 'PROFILE_INVALID'),
  );
  const metadata = members['metadata'] ?? {};
  if (typeof metadata !== 'object' || Array.isArray(metadata)) throw new Misfit('PROFILE_INVALID');
  const wished = { displayName, locale, pictureUrl, metadata: metadata as UserMetadata };
  const profile = nameOf('PROFILE_INVALID', () => readProfile(wished));
  return {
    username: username ?? null,
    displayName: profile.displayName ?? null,
    locale: profile.locale ?? null,
    pictureUrl: profile.pictureUrl ?? null,
    metadata: profile.metadata ?? {},
  };
}

function partsOf(members: Members, parts: readonly PartReader[]): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of parts) {
    const value = text(members[part.member], part.fault);
    if (value === null) continue;
    if (!part.isGood(value)) throw new Misfit(part.fault);
    found.set(part.member, value);
  }
  return found;
}

/** What `read` gives; its refusal is the fault of the line. */
function nameOf<Value>(fault: ImportFault, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (error instanceof AuthError) throw new Misfit(fault);
    throw error;
  }
}

function text(value: unknown, fault: ImportFault): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string') throw new Misfit(fault);
  return value;
}

function flag(value: unknown): boolean {
  if (value === undefined || value === null) return false;
  if (typeof value !== 'boolean') throw new Misfit('EMAIL_VERIFIED_INVALID');
  return value;
}

function statusOf(value: unknown): UserStatus {
  if (value === undefined || value === null || value === 'active') return 'active';
  if (value !== 'deactivated') throw new Misfit('STATUS_INVALID');
  return value;
}

const ISO = /^\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2}))?$/;

/** Ids are made of it, and sort by it: none may come after those of accounts that are yet to be. */
function momentOf(value: unknown, now: Date): Date {
  if (value === undefined || value === null) return now;
  const moment = typeof value === 'string' && ISO.test(value) ? new Date(value) : null;
  const time = moment?.getTime() ?? Number.NaN;
  if (!moment || !(time >= 0 && time <= now.getTime())) throw new Misfit('CREATED_AT_INVALID');
  return moment;
}
