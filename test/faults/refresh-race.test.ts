import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answer, Client } from '../support/client.js';
import { describeWithPostgres, PostgresCluster } from '../support/postgres-cluster.js';
import { type Environment, killAll, productEnvironment, ServerProcess } from '../support/server-process.js';
import { sessionOf, signIn, surfaces } from './surfaces.js';

const ROUNDS = 20;
const CALLS = 50;

describeWithPostgres('one refresh token at two processes', { timeout: 120_000 }, () => {
  let postgres: PostgresCluster;
  let env: Environment;
  let servers: [ServerProcess, ServerProcess];

  beforeAll(async () => {
    postgres = await PostgresCluster.create();
    env = { ...productEnvironment, DATABASE_URL: postgres.url() };
    servers = [await ServerProcess.start(env), await ServerProcess.start(env)];
  });
  afterAll(async () => {
    await killAll();
    await PostgresCluster.removeAll();
  });

  /** The refresh family of a session, oldest first. */
  const familyOf = async (sessionId: string) =>
    await postgres.query<{ rotated: boolean }>(
      `select rotated_at is not null as rotated from refresh_tokens
       where session_id = $1 order by issued_at, rotated_at nulls last`,
      [sessionId],
    );

  const refreshEverywhere = async (token: string, calls: number): Promise<Answer[]> =>
    await Promise.all(
      Array.from({ length: calls }, (_, i) => (servers[i % 2] as ServerProcess).client().refresh(token)),
    );

  test(`${CALLS} parallel refreshes rotate once and all get the one successor, ${ROUNDS} times over`, async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const client = await signIn(servers[round % 2] as ServerProcess);
      const answers = await refreshEverywhere(client.refreshToken ?? '', CALLS);
      const successors = answers.map(({ data }) => data?.['refreshSession']?.tokens.refreshToken);
      expect(answers.map(({ code }) => code).filter((code) => code !== undefined)).toEqual([]);
      expect(new Set(successors).size).toBe(1);
      expect(successors[0]).not.toBe(client.refreshToken);
      expect(await familyOf(sessionOf(client))).toEqual([{ rotated: true }, { rotated: false }]);

      // Nobody is signed out: every access token that was handed out is good at both processes.
      const tokens = answers.map(({ data }) => data?.['refreshSession'].tokens.accessToken as string);
      const verdicts = await Promise.all(
        tokens.flatMap((token) => servers.map((server) => surfaces.validate(server, token))),
      );
      expect(new Set(verdicts)).toEqual(new Set(['good']));
    }
  });

  test('a token presented again after its successor was used ends the family at both processes', async () => {
    const [a, b] = servers;
    const client = await signIn(a);
    const stolen = client.refreshToken ?? '';
    await client.refresh();
    await client.refresh();
    expect((await b.client().refresh(stolen)).code).toBe('REFRESH_REUSED');
    await expectDead(client);
  });

  test('a token presented again after the replay window ends the family at both processes', async () => {
    const impatient = { ...env, AUTH_REFRESH_REPLAY_WINDOW: '1' };
    const [a, b] = [await ServerProcess.start(impatient), await ServerProcess.start(impatient)];
    const client = await signIn(a);
    const first = client.refreshToken ?? '';
    await client.refresh();
    expect((await b.client().refresh(first)).data?.['refreshSession'].tokens.refreshToken).toBe(
      client.refreshToken,
    );
    await sleep(1_100);
    const late = await Promise.all([a, b, a, b].map((server) => server.client().refresh(first)));
    expect(late.map(({ code }) => code)).toContain('REFRESH_REUSED');
    expect(late.every(({ data }) => !data?.['refreshSession'])).toBe(true);
    await expectDead(client);
    const reasons = await postgres.query('select revoke_reason from sessions where id = $1', [
      sessionOf(client),
    ]);
    expect(reasons).toEqual([{ revoke_reason: 'refresh_token_reused' }]);
  });

  /** Neither its access token nor its newest refresh token is taken anywhere, a second after the refusal. */
  async function expectDead(client: Client): Promise<void> {
    await sleep(1_000);
    for (const server of servers) {
      expect(await surfaces.validate(server, client.accessToken ?? '')).toBe('refused');
      expect((await server.client().refresh(client.refreshToken)).code).toBe('SESSION_EXPIRED');
    }
  }
});
