import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { createLogger } from '../../src/platform/logger.js';
import { newAddress, newPerson, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import { lineFor, otherLines, type RangeServer, sha1Of, startRangeServer } from '../support/range-server.js';

const LEAKED = 'four purple kettles on a shelf';

const lines: string[] = [];
let ranges: RangeServer;
/** Takes passwords when the range server is out, and one that does not. */
let lenient: TestApp;
let strict: TestApp;
beforeAll(async () => {
  ranges = await startRangeServer();
  const logger = createLogger({ level: 'debug' }, { write: (line) => void lines.push(line) });
  const passwords = { breachCheck: true, breachCheckUrl: ranges.url };
  lenient = await startTestApp({ config: { passwords }, logger });
  strict = await startTestApp({
    config: { passwords: { ...passwords, breachCheckOnError: 'refuse' } },
    logger,
  });
});
afterEach(() => ranges.answerWith(otherLines(3).join('\r\n')));
afterAll(async () => {
  await lenient.close();
  await strict.close();
  await ranges.close();
});

const isOut = () => ranges.answerWith((_request, response) => response.writeHead(503).end());
const usersWith = async (email: string) =>
  await sql(lenient, 'select id from users where email = ?', [email]);

/** What the audit trail says of the look-up, newest first. */
async function breachChecks(app: TestApp): Promise<unknown[]> {
  const admin = await app.adminClient();
  const { data } = await admin.send('{ auditEvents(first: 20) { edges { node { name payload } } } }');
  const nodes: { name: string; payload: { breachCheck: string } }[] = data?.['auditEvents'].edges.map(
    ({ node }: { node: unknown }) => node,
  );
  return nodes.filter(({ name }) => name.startsWith('sign_up.')).map(({ payload }) => payload.breachCheck);
}

test('a leaked password opens no account', async () => {
  ranges.answerWith(lineFor(LEAKED, 3));
  const email = newAddress();
  const answer = await lenient.client().signUp({ email, password: LEAKED });
  expect([answer.status, answer.code]).toEqual([422, 'PASSWORD_REFUSED']);
  expect(answer.errors[0]?.extensions['details'].reasons).toEqual([
    { code: 'LEAKED', message: 'It has been made public in a data leak, and is tried by attackers.' },
  ]);
  expect(await usersWith(email)).toEqual([]);
});

test('five characters of a hash leave, and neither they nor the password reach a log', async () => {
  const password = 'five orange kettles on a shelf';
  const before = ranges.seen.length;
  await lenient.client().signUp({ email: newAddress(), password });
  const { prefix, suffix } = sha1Of(password);
  expect(ranges.seen.slice(before).map(({ url }) => url)).toEqual([`/range/${prefix}`]);
  isOut();
  await lenient.client().signUp({ email: newAddress(), password: `${password}, and one more` });
  const missing = sha1Of(`${password}, and one more`);
  const log = lines.join('').toUpperCase();
  expect(log).toContain('LEAKED PASSWORDS COULD NOT BE LOOKED UP');
  for (const secret of ['orange', prefix, suffix.slice(0, 8), missing.prefix, missing.suffix.slice(0, 8)]) {
    expect(log).not.toContain(secret.toUpperCase());
  }
});

test('a password that is bad by itself is not even asked about', async () => {
  const before = ranges.seen.length;
  await lenient.client().signUp({ email: newAddress(), password: 'Password1234!' });
  expect(ranges.seen).toHaveLength(before);
});

test('while the look-up is out, passwords are taken or refused as the operator wants, and the trail says so', async () => {
  await lenient.client().signUp({ email: newAddress(), password: PASSWORD });
  isOut();
  const email = newAddress();
  const taken = await lenient.client().signUp({ email, password: `${PASSWORD}, dusted` });
  expect([taken.status, taken.errors]).toEqual([200, []]);
  expect(await usersWith(email)).toHaveLength(1);
  expect((await breachChecks(lenient)).slice(0, 2)).toEqual(['unavailable', 'passed']);

  const refused = await strict.client().signUp({ email: newAddress(), password: `${PASSWORD}, dusted` });
  expect([refused.status, refused.code]).toEqual([503, 'PASSWORD_CHECK_UNAVAILABLE']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
});

test('the look-up tells nobody who has an account: known and unknown addresses are asked about alike', async () => {
  const { email } = await newPerson(strict);
  const outcomes = [];
  for (const address of [email, newAddress()]) {
    const before = ranges.seen.length;
    isOut();
    const out = await strict.client().signUp({ email: address, password: `${PASSWORD} for ${address}` });
    ranges.answerWith(lineFor(`${LEAKED} of ${address}`));
    const leaked = await strict.client().signUp({ email: address, password: `${LEAKED} of ${address}` });
    outcomes.push([
      out.code,
      leaked.code,
      leaked.errors[0]?.extensions['details'],
      ranges.seen.length - before,
    ]);
  }
  expect(outcomes[0]).toEqual(outcomes[1]);
});
