import { afterAll, beforeAll, expect, test } from 'vitest';
import { newPerson, PASSWORD, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { enrolTotp } from '../../support/second-factors.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { mfa: { emailCode: false } } });
});
afterAll(async () => await app.close());

test('codes by mail that the operator no longer takes neither ask for anything nor keep anybody from a fresh proof', async () => {
  const { id, email } = await newPerson(app);
  await sql(app, `update users set factor_kinds = '["email_code"]' where id = ?`, [id]);
  const client = app.client();
  expect((await client.login({ email, password: PASSWORD })).errors).toEqual([]);
  expect((await enrolTotp(client)).errors).toEqual([]);
});
