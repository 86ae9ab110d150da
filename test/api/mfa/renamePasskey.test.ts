import { afterAll, beforeAll, expect, test } from 'vitest';
import { auditNamesOf } from '../../support/accounts.js';
import { startTestApp, type TestApp } from '../../support/app.js';
import type { Answer, Client } from '../../support/client.js';
import { newPasskeyPerson } from '../../support/passkeys.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function rename(client: Client, factorId: string, name = 'Blue key'): Promise<Answer> {
  return await client.send(
    'mutation ($input: RenamePasskeyInput!) { renamePasskey(input: $input) { factor { id kind name } } }',
    { input: { factorId, name } },
  );
}

test('its owner gives a passkey another name, and the audit trail says so', async () => {
  const { client, factorId, id } = await newPasskeyPerson(app);
  const { data } = await rename(client, factorId.toUpperCase());
  const factor = { id: factorId, kind: 'PASSKEY', name: 'Blue key' };
  expect(data?.['renamePasskey']).toEqual({ factor });
  const { data: read } = await client.send('{ viewer { user { secondFactors { id name kind } } } }');
  expect(read?.['viewer'].user.secondFactors).toContainEqual(factor);
  expect(await auditNamesOf(await app.adminClient(), id)).toContain('passkey.renamed');
});

test('nobody else does, an admin included, and what is no passkey has no name', async () => {
  const [owner, other] = [await newPasskeyPerson(app), await newPasskeyPerson(app)];
  for (const client of [other.client, await app.adminClient()]) {
    const answer = await rename(client, owner.factorId);
    expect([answer.status, answer.code]).toEqual([404, 'FACTOR_NOT_FOUND']);
  }
  const unknown = await rename(owner.client, owner.id);
  expect([unknown.status, unknown.code]).toEqual([404, 'FACTOR_NOT_FOUND']);
  const anonymous = await rename(app.client(), owner.factorId);
  expect([anonymous.status, anonymous.code]).toEqual([401, 'UNAUTHENTICATED']);
});

test.each(['', '  ', '\u200b', 'a\u202eb', 'a\nb', 'x'.repeat(101)])(
  'a name that is none is refused: %j',
  async (name) => {
    const { client, factorId } = await newPasskeyPerson(app);
    const answer = await rename(client, factorId, name);
    expect([answer.status, answer.code]).toEqual([422, 'INVALID_INPUT']);
  },
);

test('space around a name is none of it', async () => {
  const { client, factorId } = await newPasskeyPerson(app);
  const { data } = await rename(client, factorId, '  Blue key ');
  expect(data?.['renamePasskey'].factor.name).toBe('Blue key');
});
