import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf, claimsOf, newPerson, sql } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { mailsTo } from '../../support/mails.js';
import { addPasskey, confirmPasskey, registrationOptions } from '../../support/passkeys.js';
import { VirtualAuthenticator } from '../../support/virtual-authenticator.js';

const clock = new FakeClock();
let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ clock, config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

test('the first passkey comes with ten recovery codes, a mail and audit rows, and is traced to its session', async () => {
  const { client, email, id } = await newPerson(app);
  const mails = (await mailsTo(app, email)).length;
  const options = await registrationOptions(client, { name: 'Laptop' });
  const { data, errors } = await confirmPasskey(client, new VirtualAuthenticator().create(options));
  expect(errors).toEqual([]);
  const { factor, recoveryCodes } = data?.['confirmPasskey'] ?? {};
  expect(factor).toMatchObject({ kind: 'PASSKEY', name: 'Laptop', hint: null, lastUsedAt: null });
  expect(factor.createdBySessionId).toBe(claimsOf(client.accessToken).sid);
  expect(new Set(recoveryCodes).size).toBe(10);
  expect(await mailsTo(app, email)).toHaveLength(mails + 1);
  expect(await auditNamesOf(await app.adminClient(), id)).toEqual(
    expect.arrayContaining(['factor.enrolled', 'recovery_codes.issued']),
  );
  const [row] = await sql(app, 'select factor_kinds from users where id = ?', [id]);
  expect(row?.['factor_kinds']).toEqual(['passkey']);
});
