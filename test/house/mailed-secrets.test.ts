import { afterAll, beforeAll, expect, test } from 'vitest';
import { type App, startApp } from '../../src/app/app.js';
import { createAdmin } from '../../src/app/seed-system-admin.js';
import { createLogger } from '../../src/platform/logger.js';
import type { CapturedMail, DevMailbox } from '../../src/platform/mail/dev-mailbox.js';
import { everyRow, foundIn } from '../support/canaries.js';
import { Client } from '../support/client.js';
import { testConfig } from '../support/config.js';
import { embeddedTemplate } from '../support/database-template.js';
import { tokenIn } from '../support/mails.js';
import {
  activate,
  changePassword,
  requestReset,
  reset,
  resetStatus,
  setUserPassword,
} from '../support/passwords.js';

const EMAIL = 'canary-owner@example.com';
const INVITED = 'canary-invited@example.com';
const ADMIN = { email: 'canary-admin@example.com', password: 'canary-admin-password-5hJdS6gFa3' };

/** What the flow below uses and may stand nowhere but in the request that brings it, or the mail that it is sent in. */
const passwords = {
  'first password': 'canary-first-password-Zq7xLm2Kp9',
  'password that was reset to': 'canary-second-password-8vNcR4tYw1',
  'password that was refused': `canary-refused-password-3bVnM7kLp2-${'x'.repeat(300)}`,
  'wrong current password': 'canary-wrong-current-6tGhY2jUi9',
  'password that was changed to': 'canary-third-password-4rFvB5nHy7',
  'password that an admin has set': 'canary-fourth-password-1qAzW3sXe5',
  'password of the activation': 'canary-fifth-password-7yHnU8mJi2',
};
const tokens: Record<string, string> = {};

const log: string[] = [];
const answers: string[] = [];
let app: App;
let dump: string;
let notices: string;

beforeAll(async () => {
  const logger = createLogger({ level: 'debug' }, { write: (line) => void log.push(line) });
  app = await startApp(testConfig(), { logger, template: await embeddedTemplate() });
  await createAdmin(app.services, ADMIN.email, ADMIN.password);
  await useEveryFlow();
  dump = await everyRow(app);
});
afterAll(() => app.close());

test('every flow was used, rightly and wrongly', () => {
  expect(Object.keys(tokens)).toHaveLength(4);
  expect(answers.length).toBeGreaterThan(12);
  for (const event of ['password.changed', 'password_reset.requested', 'password_change.refused']) {
    expect(dump).toContain(event);
  }
  expect(notices).toContain('password was changed');
  expect(foundIn(passwords['first password'], passwords)).toEqual(['first password']);
});

test('neither a password nor a token is in a line of the log, at the level debug', () => {
  expect(log.length).toBeGreaterThan(0);
  expect(foundIn(log.join('\n'), { ...passwords, ...tokens })).toEqual([]);
});

test('neither a password nor a token is in a row of the database', () => {
  expect(foundIn(dump, { ...passwords, ...tokens })).toEqual([]);
});

test('neither a password nor a token is in an answer', () => {
  expect(foundIn(answers.join('\n'), { ...passwords, ...tokens })).toEqual([]);
});

test('no password is in a mail, and no token in any mail but its own', () => {
  expect(foundIn(notices, { ...passwords, ...tokens })).toEqual([]);
});

async function useEveryFlow(): Promise<void> {
  const person = new Client(app.url);
  const keep = (answer: unknown): void => void answers.push(JSON.stringify(answer));
  const first = passwords['first password'];
  keep(await person.signUp({ email: EMAIL, password: first }));
  tokens['verification link'] = tokenIn(await lastMail());
  keep(await person.signUp({ email: EMAIL, password: first }));
  tokens['link to an existing account'] = tokenIn(await lastMail());
  keep(await requestReset(person, EMAIL));
  const token = tokenIn(await lastMail());
  tokens['reset link'] = token;
  keep(await resetStatus(person, token));
  keep(await reset(person, token, passwords['password that was refused']));
  keep(await reset(person, token, passwords['password that was reset to']));
  keep(await reset(person, token, passwords['password that was reset to']));
  await person.login({ email: EMAIL, password: passwords['password that was reset to'] });
  keep(await changePassword(person, passwords['wrong current password']));
  const current = passwords['password that was reset to'];
  keep(await changePassword(person, current, passwords['password that was refused']));
  keep(await changePassword(person, current, passwords['password that was changed to']));
  await invite();
  keep(
    await setUserPassword(await admin(), person.userId ?? '', passwords['password that an admin has set']),
  );
  await app.services.mails.idle();
  const mailed = Object.values(tokens);
  const others = messages().filter(({ text }) => !mailed.some((one) => text.includes(one)));
  notices = JSON.stringify(others);
}

async function invite(): Promise<void> {
  const created = await (await admin()).send(
    'mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }',
    { input: { email: INVITED } },
  );
  answers.push(JSON.stringify(created));
  const token = tokenIn(await lastMail());
  tokens['activation link'] = token;
  const password = passwords['password of the activation'];
  for (let n = 0; n < 2; n += 1) {
    answers.push(JSON.stringify(await activate(new Client(app.url), token, password)));
  }
}

async function admin(): Promise<Client> {
  const client = new Client(app.url);
  await client.login(ADMIN);
  return client;
}

function messages(): readonly CapturedMail[] {
  return (app.services.mailer as DevMailbox).messages();
}

async function lastMail(): Promise<CapturedMail> {
  await app.services.mails.idle();
  const mail = messages().at(-1);
  if (!mail) throw new Error('There is no mail.');
  return mail;
}
