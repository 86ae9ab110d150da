import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, PASSWORD } from '../support/accounts.js';
import { describeWithPostgres, PostgresCluster } from '../support/postgres-cluster.js';
import { type Environment, killAll, productEnvironment, ServerProcess } from '../support/server-process.js';
import { SmtpSink } from '../support/smtp-sink.js';

describeWithPostgres('the mail of several processes on one database', () => {
  let postgres: PostgresCluster;
  let sink: SmtpSink;
  let env: Environment;
  beforeAll(async () => {
    [postgres, sink] = await Promise.all([PostgresCluster.create(), SmtpSink.start()]);
    env = {
      ...productEnvironment,
      DATABASE_URL: postgres.url(),
      AUTH_SMTP_HOST: '127.0.0.1',
      AUTH_SMTP_PORT: String(sink.port),
      AUTH_SMTP_FROM: 'Latchkey <no-reply@auth.example.com>',
    };
  });
  afterAll(async () => {
    await killAll();
    await sink.down();
    await PostgresCluster.removeAll();
  });

  /** Signs up with an address that nobody has; resolves with it once that was acknowledged. */
  async function signUp(server: ServerProcess): Promise<string> {
    const email = newAddress();
    const { code } = await server.client().signUp({ email, password: PASSWORD });
    expect(code).toBeUndefined();
    return email;
  }

  /** As if the leases and the waiting times of all mails had passed. */
  async function hurry(): Promise<void> {
    await postgres.query('update outgoing_mails set due_at = now() where sealed is not null');
  }

  async function delivered(): Promise<void> {
    await expect
      .poll(async () => (await postgres.query('select id from outgoing_mails')).length, {
        timeout: 60_000,
        interval: 200,
      })
      .toBe(0);
  }

  test('is shared: what nobody could send is sent once, when the mail server is back', async () => {
    await sink.down();
    const servers = await Promise.all([ServerProcess.start(env), ServerProcess.start(env)]);
    const addresses: string[] = [];
    for (let i = 0; i < 10; i += 1) {
      addresses.push(...(await Promise.all(servers.map((server) => signUp(server)))));
    }
    await sink.up();
    await hurry();
    await delivered();
    expect(addresses.map((email) => sink.to(email).length)).toEqual(addresses.map(() => 1));
    await Promise.all(servers.map((server) => server.kill('SIGTERM')));
  }, 240_000);

  test('outlives them: each is killed with mail in hand, and what was promised arrives, recognisable as one', async () => {
    const addresses: string[] = [];
    for (const manners of ['hang', 'lose answer', 'slow', 'hang'] as const) {
      sink.behave(manners);
      const server = await ServerProcess.start(env);
      const before = sink.attempts;
      for (let i = 0; i < 5; i += 1) addresses.push(await signUp(server));
      await sink.waitForAttempts(before + 1);
      await server.kill('SIGKILL');
    }
    sink.behave('accept');
    const heir = await ServerProcess.start(env);
    await hurry();
    await delivered();
    for (const email of addresses) {
      const ids = sink.to(email).map(({ parsed }) => parsed.messageId);
      expect(ids.length, email).toBeGreaterThan(0);
      expect(new Set(ids).size, email).toBe(1);
    }
    await heir.kill('SIGTERM');
  }, 240_000);
});
