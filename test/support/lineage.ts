import { expect } from 'vitest';
import { claimsOf, PASSWORD, sql } from './accounts.js';
import { newApiKey } from './api-keys.js';
import type { TestApp } from './app.js';
import type { Answer, Client } from './client.js';
import { addPasskey } from './passkeys.js';
import { addTotp, answerLogin, beginLogin, type EnrolledTotp } from './second-factors.js';
import { totpCode } from './totp.js';
import { VirtualAuthenticator } from './virtual-authenticator.js';
import type { FakeClock } from './clock.js';

export const sessionOf = (client: Client) => claimsOf(client.accessToken).sid;

export const isAlive = async (client: Client) => (await client.send('{ viewer { id } }')).errors.length === 0;

/** Signs in with password and app, on a device of its own. The clock moves on, so that the code is a new one. */
export async function signInByTotp(
  app: TestApp,
  { email, totp, clock }: { email: string; totp: EnrolledTotp; clock: FakeClock },
): Promise<Client> {
  clock.advance(30);
  const half = await beginLogin(app, { email }, PASSWORD);
  const answer = await answerLogin(half, { kind: 'TOTP', code: totpCode(totp.secret, clock.now()) });
  expect(answer.errors).toEqual([]);
  return half.client;
}

/** What an intruder leaves behind: a passkey, an API key and an app, by the ids of them. */
export interface Planted {
  readonly passkeyId: string;
  readonly apiKeyId: string;
  readonly totp: EnrolledTotp;
  readonly apiKey: string;
}

export async function plant(client: Client, clock: FakeClock): Promise<Planted> {
  const { factorId: passkeyId } = await addPasskey(client, new VirtualAuthenticator(), { name: 'Backup' });
  const { id: apiKeyId, secret: apiKey } = await newApiKey(client, { name: 'sync' });
  const totp = await addTotp(client, { time: clock, name: 'Tablet' });
  return { passkeyId, apiKeyId, totp, apiKey };
}

export async function revokeEverythingFrom(
  client: Client,
  sessionId: string,
  dryRun = false,
): Promise<Answer> {
  return await client.send(
    `mutation ($input: RevokeEverythingFromInput!) { revokeEverythingFrom(input: $input) {
      sessionId dryRun endedSessionIds revoked { kind id userId name createdBySessionId } kept { kind id } } }`,
    { input: { sessionId, dryRun } },
  );
}

/** Every row of every table, once the mails so far are out. */
export async function everything(app: TestApp): Promise<Record<string, string[]>> {
  await app.services.mails.idle();
  const tables = await sql(
    app,
    `select table_name as name from information_schema.tables where table_schema = 'public' order by 1`,
  );
  const rows: Record<string, string[]> = {};
  for (const { name } of tables) {
    const found = await sql(app, `select to_jsonb(t)::text as row from "${String(name)}" t order by 1`);
    rows[String(name)] = found.map(({ row }) => String(row));
  }
  return rows;
}

/** The tables whose rows differ, and which rows went and came. */
export function changesOf(
  before: Record<string, string[]>,
  after: Record<string, string[]>,
): Record<string, { gone: number; come: number }> {
  const changes: Record<string, { gone: number; come: number }> = {};
  for (const name of Object.keys(before)) {
    const [was, is] = [new Set(before[name]), new Set(after[name])];
    const gone = [...was].filter((row) => !is.has(row)).length;
    const come = [...is].filter((row) => !was.has(row)).length;
    if (gone + come > 0) changes[name] = { gone, come };
  }
  return changes;
}
