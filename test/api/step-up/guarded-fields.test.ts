import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { guardedFields } from '../../../scripts/reference/permissions.js';
import { schemaOfAllFeatures } from '../../../src/app/print-schema.js';
import { BUILT_IN_ACTIONS } from '../../../src/features/step-up/built-in-actions.js';
import { newId } from '../../../src/kernel/id.js';
import { keyedFingerprint } from '../../../src/platform/crypto/fingerprint.js';
import { newPerson } from '../../support/accounts.js';
import { ADMIN, startTestApp, type TestApp } from '../../support/app.js';
import type { Answer } from '../../support/client.js';
import { FakeClock } from '../../support/clock.js';
import { generousLimits } from '../../support/email-flows.js';
import { type Asker, guardedMutations, newTarget, type Target } from '../../support/guarded-mutations.js';
import { actionToken, detailsOf, reauthenticate, STALE_SECONDS } from '../../support/step-up.js';

const clock = new FakeClock();
let app: TestApp;
let target: Target;
const aboutUser = ({ person }: Target) => ({ userId: person.id });
beforeAll(async () => {
  const config = { tokens: { accessTtlSeconds: 864_000 }, rateLimits: generousLimits };
  app = await startTestApp({ clock, config });
});
afterAll(() => app.close());
beforeEach(async () => {
  const admin = await app.adminClient();
  const { data } = await admin.send('{ viewer { id } }');
  // One admin asks for more here than one is given an hour.
  const { budgets, keyring } = app.services;
  const asker = keyedFingerprint(keyring, 'budget', data?.['viewer'].id);
  await Promise.all([budgets.actionRequest.reset(asker), budgets.clientSecret.reset(asker)]);
  const person = await newPerson(app);
  target = await newTarget(admin, person);
  clock.advance(STALE_SECONDS);
});

function asAdmin({ admin }: Target): Asker {
  return { client: admin, password: ADMIN.password };
}

/** These take more than a fresh proof to be done. */
const more: Readonly<
  Record<string, { readonly input: (target: Target) => object; readonly answer: string }>
> = {
  disableSecondFactorForUser: {
    input: (about) => ({ ...aboutUser(about), reason: 'Lost the phone.' }),
    answer: '{ removalId }',
  },
  confirmFactorRemoval: { input: () => ({ removalId: newId() }), answer: '{ confirmed }' },
  withdrawFactorRemoval: { input: () => ({ removalId: newId() }), answer: '{ withdrawn }' },
};

test('the list here is that of the schema: whatever asks for a fresh proof or a token is tried below', () => {
  const asked = guardedFields(schemaOfAllFeatures()).filter(({ rule }) =>
    rule?.includes('an action token for'),
  );
  const here = [...Object.keys(guardedMutations), ...Object.keys(more)].map((name) => `Mutation.${name}`);
  expect(asked.map(({ field }) => field)).toEqual(here.toSorted());
});

describe.each(Object.entries(guardedMutations))('%s', (name, { action, input, answer, by = asAdmin }) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const call = async (headers: Record<string, string> = {}): Promise<Answer> =>
    await by(target).client.send(
      `mutation ($input: ${type}!) { ${name}(input: $input) ${answer} }`,
      { input: input(target) },
      headers,
    );

  test('answers STEP_UP_REQUIRED to an old sign-in, and is done after reauthenticate with the same token', async () => {
    const stale = await call();
    expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    expect(detailsOf(stale)).toMatchObject({ action, methods: [{ method: 'PASSWORD' }] });
    const { client, password } = by(target);
    expect((await reauthenticate(client, { password })).errors).toEqual([]);
    expect((await call()).errors).toEqual([]);
  });

  test('is done once with an action token for it, and with none for anything else', async () => {
    const { client, password } = by(target);
    const other = action === 'delete_user' ? 'change_role' : 'delete_user';
    const foreign = await actionToken(client, { action: other }, { password });
    expect((await call({ 'x-action-token': foreign })).code).toBe('STEP_UP_REQUIRED');
    const token = await actionToken(client, { action }, { password });
    expect((await call({ 'x-action-token': token })).errors).toEqual([]);
    expect((await call({ 'x-action-token': token })).code).toBe('STEP_UP_REQUIRED');
  });
});

test.each(Object.entries(more))(
  '%s asks for a fresh proof before anything else',
  async (name, { input, answer }) => {
    const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
    const text = `mutation ($input: ${type}!) { ${name}(input: $input) ${answer} }`;
    const variables = { input: input(target) };
    const stale = await target.admin.send(text, variables);
    expect([stale.status, stale.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    await reauthenticate(target.admin, { password: ADMIN.password });
    const code = (await target.admin.send(text, variables)).code;
    expect(code).not.toBe('STEP_UP_REQUIRED');
    expect(code).not.toBe('GRAPHQL_VALIDATION_FAILED');
  },
);

test('every action that a field asks for can be asked a token for', () => {
  const asked = guardedFields(schemaOfAllFeatures()).flatMap(({ rule }) =>
    [...(rule ?? '').matchAll(/action token for `([^`]+)`/g)].map(([, action]) => action ?? ''),
  );
  expect([...new Set(asked)].toSorted()).toEqual([...BUILT_IN_ACTIONS].toSorted());
});

test.each([{ emailVerified: true }, { username: 'somebodyelse' }])(
  'updateUser asks for a fresh proof of %j, as of an address, but not of what opens nothing',
  async (changes) => {
    const text = 'mutation ($input: UpdateUserInput!) { updateUser(input: $input) { user { id } } }';
    const { admin } = target;
    const stale = await admin.send(text, { input: { ...aboutUser(target), ...changes } });
    expect([stale.code, detailsOf(stale)]).toMatchObject([
      'STEP_UP_REQUIRED',
      { action: 'change_user_email' },
    ]);
    const name = await admin.send(text, { input: { ...aboutUser(target), displayName: 'Somebody' } });
    expect(name.errors).toEqual([]);
  },
);
