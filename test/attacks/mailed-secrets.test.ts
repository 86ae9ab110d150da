import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newAddress, newPerson } from '../support/accounts.js';
import { startTestApp, type TestApp } from '../support/app.js';
import type { Answer, Client } from '../support/client.js';
import {
  confirmChange,
  generousLimits,
  mailedChange,
  mailedVerification,
  moveTo,
  newVerifiedPerson,
  resetPassword,
  undoChange,
  verifyEmail,
} from '../support/email-flows.js';
import { lastMailTo, tokenIn } from '../support/mails.js';

const newPassword = 'nine quiet lamps by the river';

let app: TestApp;
let admin: Client;
beforeAll(async () => {
  app = await startTestApp({ config: { rateLimits: generousLimits } });
  admin = await app.adminClient();
});
afterAll(() => app.close());

/** A secret as its owner has it: a token, or a code with its id. */
interface Held {
  readonly secret: string;
  readonly id: string | null;
  /** The owner, signed in where an operation asks for it. */
  readonly owner: Client;
}

/** Every operation that uses up what was mailed, given as a token or as a code. */
const doors: Readonly<Record<string, (held: Held) => Promise<Answer>>> = {
  'verifyEmail by link': async ({ owner, secret }) => await verifyEmail(owner, { token: secret }),
  'verifyEmail by code': async ({ owner, secret, id }) =>
    await verifyEmail(owner, { challengeId: id ?? NOBODY, code: secret.slice(0, 20) }),
  'confirmEmailChange by link': async ({ owner, secret }) => await confirmChange(owner, { token: secret }),
  'confirmEmailChange by code': async ({ owner, secret, id }) =>
    await confirmChange(owner, { challengeId: id ?? NOBODY, code: secret.slice(0, 20) }),
  undoEmailChange: async ({ owner, secret }) => await undoChange(owner, secret),
  resetPassword: async ({ owner, secret }) => await resetPassword(owner, { token: secret, newPassword }),
  activateAccount: async ({ owner, secret }) =>
    await owner.send(
      'mutation ($input: ActivateAccountInput!) { activateAccount(input: $input) { activated } }',
      {
        input: { token: secret, newPassword },
      },
    ),
  refreshSession: async ({ owner, secret }) => await owner.refresh(secret),
  'access token': async ({ secret }) =>
    await app.client().send('{ viewer { id } }', {}, { authorization: `Bearer ${secret}` }),
};
const NOBODY = '01a202c3-07a9-7021-85c4-2b595e456aff';

/** How each secret is come by; its name is that of the one door it opens. */
const keys: Readonly<Record<string, () => Promise<Held>>> = {
  'verifyEmail by link': async () => {
    const { client: owner, email } = await newPerson(app);
    return { owner, id: null, secret: (await mailedVerification(app, email)).token };
  },
  'verifyEmail by code': async () => {
    const { client: owner, email } = await newPerson(app);
    const { code, challengeId } = await mailedVerification(app, email);
    return { owner, id: challengeId, secret: code };
  },
  'confirmEmailChange by link': async () => {
    const { client: owner } = await newPerson(app);
    return { owner, id: null, secret: (await mailedChange(app, owner, newAddress())).token };
  },
  'confirmEmailChange by code': async () => {
    const { client: owner } = await newPerson(app);
    const { code, challengeId } = await mailedChange(app, owner, newAddress());
    return { owner, id: challengeId, secret: code };
  },
  undoEmailChange: async () => {
    const { client: owner, email } = await newVerifiedPerson(app);
    return { owner, id: null, secret: (await moveTo(app, owner, email)).undo };
  },
  resetPassword: async () => {
    const { client: owner, email } = await newPerson(app);
    await owner.send(
      'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { accepted } }',
      { input: { email } },
    );
    return { owner, id: null, secret: tokenIn(await lastMailTo(app, email)) };
  },
  activateAccount: async () => {
    const email = newAddress();
    await admin.send('mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }', {
      input: { email },
    });
    return { owner: app.client(), id: null, secret: tokenIn(await lastMailTo(app, email)) };
  },
};

const REFUSALS = ['CHALLENGE_INVALID', 'UNAUTHENTICATED', 'REFRESH_INVALID', 'TOKEN_INVALID'];

describe.each(Object.entries(keys))('what opens %s', (own, make) => {
  test('opens nothing else, and is still good afterwards', async () => {
    const held = await make();
    for (const [name, open] of Object.entries(doors)) {
      if (name === own) continue;
      const { status, code } = await open(held);
      expect(REFUSALS, name).toContain(code);
      expect([401, 422], name).toContain(status);
    }
    expect((await doors[own]?.(held))?.errors).toEqual([]);
    expect(REFUSALS).toContain((await doors[own]?.(held))?.code);
  });
});

test('the code of one flow is nothing with the id of another flow of the same person', async () => {
  const { client, email } = await newPerson(app);
  const verification = await mailedVerification(app, email);
  const change = await mailedChange(app, client, newAddress());
  const crossed = [
    await verifyEmail(client, { challengeId: change.challengeId, code: change.code }),
    await confirmChange(client, { challengeId: verification.challengeId, code: verification.code }),
    ...(verification.code === change.code
      ? []
      : [
          await verifyEmail(client, { challengeId: verification.challengeId, code: change.code }),
          await confirmChange(client, { challengeId: change.challengeId, code: verification.code }),
        ]),
  ];
  for (const { code } of crossed) expect(code).toBe('CHALLENGE_INVALID');
});

test('the code of another user is nothing, with their id and with one’s own', async () => {
  const [mine, theirs] = [await newPerson(app), await newPerson(app)];
  const own = await mailedChange(app, mine.client, newAddress());
  const foreign = await mailedChange(app, theirs.client, newAddress());
  for (const challengeId of [foreign.challengeId, own.challengeId]) {
    if (challengeId === own.challengeId && own.code === foreign.code) continue;
    const { code } = await confirmChange(mine.client, { challengeId, code: foreign.code });
    expect(code).toBe('CHALLENGE_INVALID');
  }
  const { challengeId, code } = foreign;
  expect((await confirmChange(theirs.client, { challengeId, code })).errors).toEqual([]);
});
