import { sql } from '../accounts.js';
import type { TestApp } from '../app.js';

/** What an account asks of a session. */
export interface AccountFacts {
  readonly status: string;
  readonly factor_kinds: readonly string[];
  readonly second_factor_required: boolean;
}

/** A live session as the database has it. */
interface LiveSession {
  readonly id: string;
  readonly method: string;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly second_factor_at: Date | null;
  /** The credentials it was opened or lifted with, as `<kind>:<id>`. */
  readonly opened_with: readonly string[];
}

const ERASED: AccountFacts = { status: 'erased', factor_kinds: [], second_factor_required: false };

export async function accountFacts(app: TestApp, userId: string): Promise<AccountFacts> {
  const [row] = await sql(
    app,
    'select status, factor_kinds, second_factor_required from users where id = ?',
    [userId],
  );
  return row ? (row as unknown as AccountFacts) : ERASED;
}

export async function liveSessions(app: TestApp, userId: string, now: Date): Promise<LiveSession[]> {
  const rows = await sql(
    app,
    `select s.id, s.method, s.acr, s.amr, s.second_factor_at, s.opened_with from sessions s join users u on u.id = s.user_id
     where s.user_id = ? and s.revoked_at is null and s.expires_at > ? and s.idle_expires_at > ?
       and not (u.second_factor_deadline <= ? and jsonb_array_length(u.factor_kinds) = 0
         and s.second_factor_at is null)`,
    [userId, now, now, now],
  );
  return rows as unknown as LiveSession[];
}

export async function hasTrustedDevice(app: TestApp, userId: string): Promise<boolean> {
  return (await sql(app, 'select 1 from trusted_devices where user_id = ?', [userId])).length > 0;
}

/** Factors that were enrolled on the way to the session that they were to prove, by an account that had one already. */
export async function broughtFactors(app: TestApp, userId: string): Promise<unknown[]> {
  return await sql(
    app,
    `select f.id from totp_factors f join sessions s on s.id = f.created_by_session_id
     where f.user_id = ? and s.opened_with @> jsonb_build_array('totp:' || f.id) and exists (
       select from totp_factors other where other.user_id = f.user_id and other.confirmed_at < f.created_at)`,
    [userId],
  );
}

/** What is wrong with a session, held against what its account asks for now and asked for before it began; or null. */
export function faultOf(
  session: LiveSession,
  { now, before }: { now: AccountFacts; before: AccountFacts | null },
): string | null {
  const second = session.second_factor_at !== null;
  if (now.status !== 'active') return 'a session of a closed account';
  if (second !== session.amr.includes('mfa')) return 'a session that says two things';
  if (session.acr === 'aal2' && !second) return 'a level that nothing was proved for';
  if (second) return namesFactor(session) ? null : 'a second factor that nothing proved';
  if (now.factor_kinds.length > 0) return 'no second factor, and the account has one';
  if (before && before.factor_kinds.length > 0) return 'no second factor, and the account had one';
  if (before?.second_factor_required) return 'no second factor, and the account must have one';
  return null;
}

function namesFactor({ opened_with: names }: LiveSession): boolean {
  return names.some((name) => /^(totp|recovery_code|passkey):/.test(name));
}
