import { afterAll, beforeAll, expect, test } from 'vitest';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(async () => await app.close());

test('the right password gives tokens that /auth/validate accepts', async () => {
  const client = app.client();
  const answer = await client.login(ADMIN);
  expect(answer.data?.['login'].__typename).toBe('LoginSucceeded');
  const validated = await client.fetch('/auth/validate');
  expect(validated.status).toBe(200);
  expect(validated.headers.get('x-auth-subject')).toBe(client.userId);
});

test('a wrong password, an unknown address and an unreadable one get the same answer', async () => {
  const wrong = await app.client().login({ ...ADMIN, password: 'wrong' });
  const unknown = await app.client().login({ email: 'nobody@example.com', password: 'wrong' });
  const unreadable = await app.client().login({ email: 'not an address', password: 'wrong' });
  for (const answer of [wrong, unknown, unreadable]) {
    expect(answer.status).toBe(401);
    expect(answer.data).toBeNull();
    expect(answer.errors.map(({ message, extensions }) => [message, extensions['code']])).toEqual([
      ['The credentials are not right.', 'INVALID_CREDENTIALS'],
    ]);
  }
});
