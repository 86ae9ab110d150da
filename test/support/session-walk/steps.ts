import { schemaOfAllFeatures } from '../../../src/app/print-schema.js';
import { PASSWORD } from '../accounts.js';
import { codeIn, mailsTo, tokenIn } from '../mails.js';
import { fuzzedFields } from '../schema-fuzz.js';
import { pick } from './finds.js';
import type { SessionWalk } from './walk.js';

/** Which device, and which of the things at hand. */
interface Choice {
  readonly a: number;
  readonly b: number;
}

const mutations = fuzzedFields(schemaOfAllFeatures()).filter(
  // It would end the walk before it has begun, and nothing else: the account itself.
  ({ kind, name }) => kind === 'mutation' && name !== 'Mutation.eraseMe',
);

/** Everything that can be done on a walk. */
export const steps = {
  login: async (walk, { a }) => {
    await walk.anonymously(a, 'login', { email: walk.email, password: walk.password });
  },
  loginWrong: async (walk, { a }) => {
    await walk.anonymously(a, 'login', { email: walk.email, password: `${walk.password} not` });
  },
  requestLink: async (walk, { a }) => await walk.anonymously(a, 'requestLink', { email: walk.email }),
  loginByCode: async (walk, { a, b }) => {
    const mail = (await mailsTo(walk.app, walk.email)).findLast(({ text }) => /\n\d{6}\n/.test(text));
    if (!mail) return;
    const challengeId = pick(walk.finds.others, b);
    await walk.anonymously(a, 'loginWithLink', { challengeId, code: codeIn(mail) });
  },
  loginByPasskey: async (walk, { a }) => {
    const { data } = await walk.anonymously(a, 'requestPasskey', {});
    const options = data?.['requestPasskeyLogin']?.publicKey;
    if (!options || !walk.hasPasskey) return;
    await walk.anonymously(a, 'loginWithPasskey', { credential: walk.authenticator.get(options) });
  },
  enrolPasskey: async (walk, { a, b }) => {
    const { data } = await walk.signedIn(a, b, 'enrolPasskey', { name: 'key' });
    const options = data?.['enrolPasskey']?.publicKey;
    if (!options) return;
    const credential = walk.authenticator.create(options);
    const { errors } = await walk.signedIn(a, b, 'confirmPasskey', { credential });
    walk.hasPasskey ||= errors.length === 0;
  },
  verify: async (walk, { a, b }) => {
    const answer = { kind: 'TOTP', code: walk.totp(a), trustDevice: b % 5 === 0 };
    await walk.anonymously(a, 'verify', { attemptToken: walk.attempt(b), ...answer });
  },
  verifyWrong: async (walk, { a, b }) => {
    await walk.anonymously(a, 'verify', { attemptToken: walk.attempt(b), kind: 'TOTP', code: '000000' });
  },
  verifyByRecoveryCode: async (walk, { a, b }) => {
    const code = pick(walk.finds.recoveryCodes, a) ?? 'none';
    await walk.anonymously(a, 'verify', { attemptToken: walk.attempt(b), kind: 'RECOVERY_CODE', code });
  },
  complete: async (walk, { a, b }) => {
    await walk.anonymously(a, 'complete', { attemptToken: walk.attempt(b) });
  },
  enrol: async (walk, { a, b }) => await walk.signedIn(a, b, 'enrol', { name: 'app' }),
  enrolOnTheWay: async (walk, { a, b }) => {
    await walk.anonymously(a, 'enrol', { name: 'app', attemptToken: walk.attempt(b) });
  },
  confirm: async (walk, { a, b }) => {
    walk.clock.advance(31);
    await walk.signedIn(a, b, 'confirm', { factorId: walk.factor(a), code: walk.totp(a) });
  },
  confirmOnTheWay: async (walk, { a, b }) => {
    walk.clock.advance(31);
    const input = { factorId: walk.factor(a), code: walk.totp(a), attemptToken: walk.attempt(b) };
    await walk.anonymously(a, 'confirm', input);
  },
  removeFactor: async (walk, { a, b }) => {
    await walk.signedIn(a, b, 'remove', { factorId: walk.factor(a) });
  },
  regenerate: async (walk, { a, b }) => await walk.signedIn(a, b, 'regenerate', {}),
  reauthenticate: async (walk, { a, b }) => {
    const proof = a % 2 === 0 ? { password: walk.password } : { kind: 'TOTP', code: walk.totp(b) };
    await walk.signedIn(a, b, 'reauthenticate', proof);
  },
  reset: async (walk, { a }) => {
    await walk.anonymously(a, 'requestReset', { email: walk.email });
    const mails = await mailsTo(walk.app, walk.email);
    const mail = mails.findLast(({ text }) => text.includes('reset-password#'));
    if (!mail) return;
    const newPassword = `${PASSWORD} ${walk.done.length}`;
    const answer = await walk.anonymously(a, 'reset', { token: tokenIn(mail), newPassword });
    if (answer.errors.length === 0) walk.password = newPassword;
  },
  refresh: async (walk, { a }) => {
    const refreshToken = pick(
      walk.finds.others.filter((text) => text.length > 40),
      a,
    );
    await walk.anonymously(a, 'refresh', { refreshToken: refreshToken ?? '' });
  },
  revokeSession: async (walk, { a, b }) => {
    await walk.signedIn(a, b, 'revoke', { sessionId: pick([...walk.known], a) ?? walk.id });
  },
  require: async (walk) => await walk.asAdmin('require', { userId: walk.id, required: true }),
  release: async (walk) => await walk.asAdmin('require', { userId: walk.id, required: false }),
  deactivate: async (walk) => await walk.asAdmin('deactivate', { userId: walk.id }),
  reactivate: async (walk) => await walk.asAdmin('reactivate', { userId: walk.id }),
  wait: async (walk, { a }) => walk.clock.advance(31 * (1 + (a % 40))),
  /** Any mutation of the schema, with whatever has come to light in every place that takes a text. */
  anyMutation: async (walk, { a, b }) => {
    const field = pick(mutations, a);
    if (!field) return;
    const input = field.variables['input'] ?? {};
    const entries = Object.entries(input).map(([name, value], place) => [
      name,
      typeof value === 'string' ? textFor(walk, name, { a, b: b + place }) : value,
    ]);
    const variables = {
      ...field.variables,
      ...('input' in field.variables ? { input: Object.fromEntries(entries) as object } : {}),
    };
    walk.finds.collect((await walk.device(a, b).send(field.query, variables)).data);
  },
} as const satisfies Record<string, (walk: SessionWalk, choice: Choice) => unknown>;

export type StepName = keyof typeof steps;

function textFor(walk: SessionWalk, name: string, { a, b }: Choice): string {
  if (/password/i.test(name)) return walk.password;
  if (name === 'attemptToken') return walk.attempt(b);
  if (name === 'email') return walk.email;
  if (name === 'code') return walk.totp(a);
  return pick(walk.finds.others, b) ?? walk.id;
}
