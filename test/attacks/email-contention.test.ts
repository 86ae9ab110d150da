import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, type Person, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer } from '../support/client.js';
import { databaseUrl } from '../support/database-template.js';
import {
  changeEmail,
  confirmChange,
  generousLimits,
  mailedChange,
  moveTo,
  newVerifiedPerson,
  requestVerification,
  undoChange,
} from '../support/email-flows.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

/** Everything that touches the address of one account, all at once. */
async function tumult({ client, email }: Person): Promise<number[]> {
  const { undo } = await moveTo(app, client, email);
  const { token } = await mailedChange(app, client, newAddress());
  const answers = await Promise.all(
    [1, 2, 3].flatMap(() => [
      confirmChange(app.client(), { token }),
      undoChange(app.client(), undo),
      requestVerification(app.client(), email),
      changeEmail(client, newAddress()),
      client.send(
        'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
        {
          input: { email },
        },
      ),
      client.send('mutation { revokeOtherSessions { revokedCount } }'),
      client.refresh(),
      client.send('mutation { updateProfile(input: { displayName: "x" }) { user { id } } }'),
    ]),
  );
  return answers.map(({ status }) => status);
}

test('whatever happens to an account at once, nothing waits for ever and nothing is an accident', async () => {
  for (let n = 0; n < 5; n += 1) {
    const person = await newVerifiedPerson(app);
    expect((await tumult(person)).filter((status) => status >= 500)).toEqual([]);
    const [row] = await sql(app, 'select email from users where id = ?', [person.id]);
    expect(row).toEqual({ email: person.email });
  }
});

test('who takes a change back while the next one is confirmed waits in line, not in a circle', async () => {
  const { client, email, id } = await newVerifiedPerson(app);
  const { undo } = await moveTo(app, client, email);
  const { token } = await mailedChange(app, client, newAddress());
  const [undone, confirmed] = await inLine(id, [
    async () => await undoChange(app.client(), undo),
    async () => await confirmChange(app.client(), { token }),
  ]);
  expect([undone?.code, confirmed?.code]).toEqual([undefined, 'CHALLENGE_INVALID']);
});

/** Starts each request once the one before it waits for the account, which is held until all of them do. */
async function inLine(id: string, requests: readonly (() => Promise<Answer>)[]): Promise<Answer[]> {
  // The embedded database has one connection: there they are in line by themselves.
  if (databaseUrl === undefined) return await Promise.all(requests.map(async (request) => await request()));
  const started: Promise<Answer>[] = [];
  await app.services.em.fork().transactional(async (em) => {
    await em.execute('select from users where id = ? for update', [id]);
    for (const request of requests) {
      started.push(request());
      await expect.poll(waiting).toBe(started.length);
    }
  });
  return await Promise.all(started);
}

async function waiting(): Promise<unknown> {
  const [row] = await sql(
    app,
    "select count(*)::int as n from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
  );
  return row?.['n'];
}
