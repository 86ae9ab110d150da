import { afterAll, beforeAll, expect, test } from 'vitest';
import { claimsOf, newPerson, type Person } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import { countQueries } from '../../support/count-queries.js';
import { generousLimits, newVerifiedPerson } from '../../support/email-flows.js';
import { addEmailCode, addTotp } from '../../support/second-factors.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
});
afterAll(() => app.close());

const FACTORS = 'secondFactors { id kind name hint createdAt lastUsedAt createdBySessionId }';

test('people see their factors, what they are called, and the session that added them', async () => {
  const person = await newVerifiedPerson(app);
  const { factorId } = await addTotp(person.client, { name: 'My phone' });
  await addEmailCode(app, person);
  const { data, errors } = await person.client.send(`{ viewer { user { ${FACTORS} recoveryCodesLeft } } }`);
  expect(errors).toEqual([]);
  const { sid: createdBySessionId } = claimsOf(person.client.accessToken);
  const { secondFactors, recoveryCodesLeft } = data?.['viewer'].user ?? {};
  expect(secondFactors).toMatchObject([
    { id: factorId, kind: 'TOTP', name: 'My phone', hint: null, createdBySessionId },
    { kind: 'EMAIL_CODE', name: null, hint: 'p•••@example.com', createdBySessionId },
    { kind: 'RECOVERY_CODE', name: null, hint: null, lastUsedAt: null, createdBySessionId },
  ]);
  expect(recoveryCodesLeft).toBe(10);
});

test('who may read users sees the factors of others, and not how many codes are left', async () => {
  const person = await newPerson(app);
  await addTotp(person.client);
  const admin = await app.adminClient();
  const query = `query ($id: UUID!, $left: Boolean!) { user(id: $id) { ${FACTORS} recoveryCodesLeft @include(if: $left) } }`;
  const seen = await admin.send(query, { id: person.id, left: false });
  expect(seen.errors).toEqual([]);
  expect(seen.data?.['user'].secondFactors.map(({ kind }: { kind: string }) => kind)).toEqual([
    'TOTP',
    'RECOVERY_CODE',
  ]);
  expect((await admin.send(query, { id: person.id, left: true })).code).toBe('FORBIDDEN');
  const other = await newPerson(app);
  expect((await other.client.send(query, { id: person.id, left: false })).code).toBe('FORBIDDEN');
});

test('many users cost as many queries as one', async () => {
  const people: Person[] = [];
  for (let n = 0; n < 4; n += 1) people.push(await newPerson(app));
  for (const { client } of people.slice(1)) await addTotp(client);
  const admin = await app.adminClient();
  const list = async (first: number) =>
    await countQueries(app, async () => {
      const { errors } = await admin.send(`{ users(first: ${first}) { edges { node { ${FACTORS} } } } }`);
      expect(errors).toEqual([]);
    });
  await list(1);
  await app.services.mails.idle();
  expect(await list(4)).toBe(await list(1));
});
