import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { systemCaller } from '../../src/kernel/caller.js';
import { createLogger } from '../../src/platform/logger.js';
import { newPerson, PASSWORD, sql } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Client } from '../support/client.js';
import {
  changeEmail,
  generousLimits,
  moveTo,
  requestVerification,
  verifyEmail,
} from '../support/email-flows.js';
import { lastMailTo, tokenIn } from '../support/mails.js';
import { operations, run } from '../support/operations.js';
import { everyRow, foundIn, mailsInOutbox, PlacedClient } from '../support/traces.js';

/** Strings by which one person could be recognised, each of them given to the product on a way of its own. */
const planted = {
  'first address': 'quokka-first@canary.example',
  'second address': 'wombat-second@canary.example',
  'last address': 'numbat-last@canary.example',
  'address that was never confirmed': 'kowari-wished@canary.example',
  'former username': 'bilby.former',
  username: 'potoroo.current',
  'display name': 'Bandicoot Displayname',
  'picture URL': 'https://pictures.canary.example/dunnart.png',
  'value in the metadata': 'phascogale-in-metadata',
  'IP address': '198.51.100.213',
  'user agent': 'CanaryBrowser/77.1',
  'reason of an admin': 'kultarr, says the admin',
} as const;
const names = Object.keys(planted);
const place = { ip: planted['IP address'], userAgent: planted['user agent'] };

const log: string[] = [];
let app: TestApp;
let admin: Client;
let person: PlacedClient;
/** What the database and the outbox held, what its owner was given to read, and what was left of it all. */
let before: string;
let copy: string;
let after: string;

beforeAll(async () => {
  const logger = createLogger({ level: 'debug' }, { write: (line) => void log.push(line) });
  const server = { trustedProxies: ['127.0.0.0/8', '::1/128'] };
  app = await startTestApp({ logger, config: { server, rateLimits: generousLimits } });
  admin = await app.adminClient();
  person = new PlacedClient(app.url, place);
  await knockAtTheDoor();
  await openAccount();
  await changeNames();
  await beWatched();
  await manageOthers();
  await failInside();
  // While it waits, and only then, the address that somebody wishes for is kept.
  expect((await changeEmail(person, planted['address that was never confirmed'])).errors).toEqual([]);
  await leaveMailInTheOutbox();
  before = await everything();
  copy = await exportedText();
  await erase();
  after = await everything();
});
afterAll(() => app.close());

describe('of somebody who is erased', () => {
  test('every string was there before: this test has eyes', () => {
    expect(names).toHaveLength(12);
    expect(foundIn(before, planted)).toEqual(names);
  });

  test('the copy for its owner held all of it but what an admin wrote about them and what only waits', () => {
    const withheld = ['reason of an admin', 'address that was never confirmed'];
    expect(foundIn(copy, planted)).toEqual(names.filter((name) => !withheld.includes(name)));
  });

  test('no string is in any row of the database, nor in a mail that waits, in clear or encoded', () => {
    expect(after).toContain('user.erased');
    expect(foundIn(after, planted)).toEqual([]);
  });

  test('no string is in a line of the log, where nothing can be erased', () => {
    expect(log.join('')).toContain('an operation failed');
    expect(foundIn(log.join('\n'), planted)).toEqual([]);
  });

  test('the audit chain verifies, and tells that they were there', async () => {
    const verdict = await run(admin, operations.verifyAuditChain, {});
    expect(verdict.verifyAuditChain).toMatchObject({ valid: true });
    const filter = { userId: person.userId ?? '' };
    const { auditEvents } = await run(admin, operations.auditEvents, { first: 100, filter });
    expect(auditEvents.edges.map(({ node }) => node.name)).toEqual(
      expect.arrayContaining(['user.created', 'email.changed', 'login.failed', 'user.erased']),
    );
  });

  test('what they did to others is still told, without their address', async () => {
    const rows = await sql(
      app,
      `select e.name, p.facts from audit_events e left join audit_personal p on p.event_id = e.id
       where e.actor_id = ? and e.user_id <> ?`,
      [person.userId, person.userId],
    );
    expect(rows).toContainEqual({ name: 'user.deactivated', facts: null });
  });
});

test('what is about others stays as it was', async () => {
  const facts = await sql(
    app,
    "select 1 from audit_personal p join audit_events e on e.id = p.event_id where e.name = 'user.created'",
  );
  expect(facts.length).toBeGreaterThan(1);
});

test('a string would be found wherever it stands in a text, in clear, base64 or hexadecimal', () => {
  const { username } = planted;
  for (const pad of ['', 'a', 'ab', 'abc']) {
    const bytes = Buffer.from(`${pad}${username}${pad}`);
    for (const form of [bytes.toString('base64'), bytes.toString('base64url'), bytes.toString('hex')]) {
      expect(foundIn(`before ${form} after`, { username })).toEqual(['username']);
    }
  }
  expect(foundIn(`before ${username.toUpperCase()} after`, { username })).toEqual(['username']);
});

/** Before there is an account: a sign-in, a reset and a verification, all of an address that nobody has. */
async function knockAtTheDoor(): Promise<void> {
  const email = planted['first address'];
  expect((await person.login({ email, password: PASSWORD })).code).toBe('INVALID_CREDENTIALS');
  await requestReset(email);
  await requestVerification(person, email);
}

async function openAccount(): Promise<void> {
  const email = planted['first address'];
  const wish = {
    email,
    password: PASSWORD,
    username: planted['former username'],
    displayName: planted['display name'],
  };
  await accepted('mutation ($input: SignUpInput!) { signUp(input: $input) { accepted } }', wish);
  const token = tokenIn(await lastMailTo(app, email));
  expect((await verifyEmail(person, { token })).errors).toEqual([]);
  expect((await person.login({ email, password: PASSWORD })).errors).toEqual([]);
}

async function changeNames(): Promise<void> {
  await accepted('mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }', {
    username: planted.username,
    pictureUrl: planted['picture URL'],
    metadata: { deep: { down: planted['value in the metadata'] } },
  });
  await moveTo(app, person, planted['first address'], planted['second address']);
  await moveTo(app, person, planted['second address'], planted['last address']);
}

/** Wrong passwords, a sign-up with the same address, a second device, and an admin who closes and opens the account. */
async function beWatched(): Promise<void> {
  const stranger = new PlacedClient(app.url, place);
  for (const name of [{ email: planted['last address'] }, { username: planted.username }]) {
    const input = { ...name, password: 'not the password at all' };
    const text = 'mutation ($input: LoginInput!) { login(input: $input) { __typename } }';
    expect((await stranger.send(text, { input })).code).toBe('INVALID_CREDENTIALS');
  }
  await stranger.signUp({ email: planted['last address'], password: PASSWORD });
  const subject = { userId: person.userId };
  for (const [mutation, type, input] of [
    ['deactivateUser', 'DeactivateUserInput', { ...subject, reason: planted['reason of an admin'] }],
    ['reactivateUser', 'ReactivateUserInput', subject],
  ] as const) {
    const text = `mutation ($input: ${type}!) { ${mutation}(input: $input) { user { id } } }`;
    expect((await admin.send(text, { input })).errors).toEqual([]);
  }
  const email = planted['last address'];
  for (const device of [new PlacedClient(app.url, place), person]) {
    expect((await device.login({ email, password: PASSWORD })).errors).toEqual([]);
    expect((await device.refresh()).errors).toEqual([]);
  }
}

/** As an admin of many: their address and agent are then in rows about others. */
async function manageOthers(): Promise<void> {
  const { access, unitOfWork } = app.services;
  const holder = { kind: 'user', id: person.userId ?? '' } as const;
  await unitOfWork.run(async (unit) => await access.assign(unit, systemCaller(), holder, 'system_admin'));
  const other = await newPerson(app);
  await accepted(
    'mutation ($input: DeactivateUserInput!) { deactivateUser(input: $input) { user { id } } }',
    {
      userId: other.id,
    },
  );
  await accepted(
    'mutation ($input: CreateServiceAccountInput!) { createServiceAccount(input: $input) { clientId } }',
    {
      name: 'made-by-the-person',
    },
  );
}

/** What fails inside is logged, with the statement that failed. */
async function failInside(): Promise<void> {
  await sql(app, 'alter table passwords rename to passwords_gone');
  const failed = await person.login({ email: planted['last address'], password: PASSWORD });
  expect(failed.code).toBe('INTERNAL');
  await sql(app, 'alter table users rename column picture_url to picture_gone');
  const profile = { displayName: planted['display name'], pictureUrl: planted['picture URL'] };
  const text = 'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { id } } }';
  expect((await person.send(text, { input: profile })).code).toBe('INTERNAL');
  await sql(app, 'alter table users rename column picture_gone to picture_url');
  await sql(app, 'alter table passwords_gone rename to passwords');
}

/** Mail that is promised after this stays where it is. */
async function leaveMailInTheOutbox(): Promise<void> {
  await app.services.mails.stop();
  await requestReset(planted['last address']);
}

async function erase(): Promise<void> {
  await accepted('mutation ($input: EraseMeInput!) { eraseMe(input: $input) { receiptId } }', {
    confirmEmail: planted['last address'],
  });
}

async function requestReset(email: string): Promise<void> {
  const text =
    'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }';
  await accepted(text, { email });
}

async function accepted(text: string, input: object): Promise<void> {
  expect((await person.send(text, { input })).errors).toEqual([]);
}

async function everything(): Promise<string> {
  return `${await everyRow(app)}\n${await mailsInOutbox(app)}`;
}

async function exportedText(): Promise<string> {
  const { data, errors } = await person.send('{ exportMyData { sections { table data } } }');
  expect(errors).toEqual([]);
  return JSON.stringify(data);
}
