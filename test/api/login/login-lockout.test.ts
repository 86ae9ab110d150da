import { afterAll, beforeAll, expect, test } from 'vitest';
import { newAddress, newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock });
});
afterAll(async () => await app.close());

const login = async (email: string, password = PASSWORD): Promise<Answer> =>
  await app.client().login({ email, password });

/** An account that nobody has signed in to from here: its owner's own network would be known. */
async function account(): Promise<string> {
  const email = newAddress();
  await app.client().signUp({ email, password: PASSWORD });
  return email;
}

async function failTimes(email: string, times: number): Promise<string[]> {
  const codes: string[] = [];
  for (let i = 0; i < times; i += 1) codes.push((await login(email, 'wrong')).code ?? 'none');
  return codes;
}

test('after five wrong passwords even the right one must wait, and the answer says how long', async () => {
  const email = await account();
  expect(await failTimes(email, 5)).toEqual(Array.from({ length: 5 }, () => 'INVALID_CREDENTIALS'));
  const refused = await login(email);
  expect([refused.status, refused.code, refused.data]).toEqual([429, 'TOO_MANY_ATTEMPTS', null]);
  expect(refused.headers.get('retry-after')).toBe('30');
  expect(refused.errors[0]?.extensions['retryAfter']).toBe(30);

  clock.advance(29);
  expect((await login(email)).headers.get('retry-after')).toBe('1');
  clock.advance(1);
  expect((await login(email)).errors).toEqual([]);
});

test('four wrong passwords do not matter, and the right one clears them', async () => {
  const email = await account();
  await failTimes(email, 4);
  expect((await login(email)).errors).toEqual([]);
  await failTimes(email, 4);
  expect((await login(email)).errors).toEqual([]);
});

test('each further failure doubles the wait', async () => {
  const email = await account();
  await failTimes(email, 5);
  clock.advance(30);
  expect((await login(email, 'wrong')).code).toBe('INVALID_CREDENTIALS');
  expect((await login(email)).headers.get('retry-after')).toBe('60');
});

test('an address without an account is locked in the same way', async () => {
  const email = newAddress();
  expect(await failTimes(email, 6)).toEqual([
    ...Array.from({ length: 5 }, () => 'INVALID_CREDENTIALS'),
    'TOO_MANY_ATTEMPTS',
  ]);
});

test('failures on one account do not lock another', async () => {
  const [target, bystander] = [await account(), await account()];
  await failTimes(target, 6);
  expect((await login(bystander)).errors).toEqual([]);
});

test('a locked account keeps the sessions it has', async () => {
  const { client, email } = await newPerson(app);
  await failTimes(email, 6);
  expect((await client.send('{ viewer { id } }')).errors).toEqual([]);
  expect((await client.refresh()).errors).toEqual([]);
});

test('the beginning of a lockout is audited', async () => {
  const email = await account();
  await failTimes(email, 6);
  const rows = await sql(
    app,
    `select e.payload from audit_events e join audit_personal p on p.event_id = e.id
     where e.name = 'lockout.started' and p.facts ->> 'account' = ?`,
    [email],
  );
  expect(rows).toEqual([{ payload: { scopes: ['account', 'account_on_network'] } }]);
});

test('a busy server says so, counts nothing against the account, and serves it when it is free', async () => {
  const busy = await startTestApp({
    config: { passwordHash: { memoryKib: 32_768, timeCost: 2, queueLimit: 1 } },
  });
  try {
    const email = newAddress();
    await busy.client().signUp({ email, password: PASSWORD });
    const refusals = await whileHashing(busy, async () => {
      const answers: Answer[] = [];
      // More refusals than the lockout would forgive, were they counted.
      while (answers.length < 7) {
        const answer = await busy.client().login({ email, password: PASSWORD });
        if (answer.errors.length > 0) answers.push(answer);
      }
      return answers;
    });
    for (const { status, code, headers } of refusals) {
      expect([status, code]).toEqual([503, 'SERVER_BUSY']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect((await busy.client().login({ email, password: PASSWORD })).errors).toEqual([]);
    expect((await busy.client().login(ADMIN)).errors).toEqual([]);
  } finally {
    await busy.close();
  }
});

/** Keeps the queue of hashes full while `work` runs. */
async function whileHashing<T>({ services }: TestApp, work: () => Promise<T>): Promise<T> {
  let done = false;
  const hashers = Array.from({ length: 64 }, async () => {
    while (!done) {
      await services.hasher.hash('something').catch(() => {});
      await new Promise((resolve) => setImmediate(resolve));
    }
  });
  try {
    return await work();
  } finally {
    done = true;
    await Promise.all(hashers);
  }
}
