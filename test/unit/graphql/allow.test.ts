import { describe, expect, test } from 'vitest';
import {
  anyone,
  assurance,
  attribute,
  authenticated,
  can,
  fresh,
  freshOrAttempt,
  owns,
  signedIn,
  stepUp,
  verifiedEmail,
} from '../../../src/graphql/allow.js';
import type { Principal } from '../../../src/kernel/caller.js';
import { AuthError, errors } from '../../../src/kernel/errors.js';
import type { Question, Rule } from '../../../src/kernel/rule.js';
import { keyPrincipal, NOW, questionOf, servicePrincipal, userPrincipal } from '../../support/questions.js';

const anonymous: Principal = { kind: 'anonymous' };
const NO_USER = { rule: 'a signed-in user' };
const secondsAgo = (seconds: number) => NOW.getTime() / 1000 - seconds;

function told(rule: Rule, principal: Principal, facts: Partial<Question> = {}): unknown {
  const verdict = rule.judge(questionOf(principal, facts));
  return verdict instanceof AuthError ? [verdict.code, verdict.missing] : verdict;
}

/** What an old proof, and one without the account’s second factor, is told. */
const old = (age = 901) => userPrincipal({ provedAt: secondsAgo(age), fresh: false });
const halfProved = userPrincipal({ provedAt: null, fresh: false });

test.each<[string, Rule, [user: unknown, service: unknown, key: unknown, nobody: unknown]]>([
  ['anyone', anyone, [true, true, true, true]],
  ['authenticated', authenticated, [true, true, true, ['UNAUTHENTICATED', {}]]],
  [
    'signedIn',
    signedIn,
    [true, ['FORBIDDEN', NO_USER], ['FORBIDDEN', NO_USER], ['UNAUTHENTICATED', NO_USER]],
  ],
  ['fresh', fresh(), [true, ['FORBIDDEN', NO_USER], ['FORBIDDEN', NO_USER], ['UNAUTHENTICATED', NO_USER]]],
  ['stepUp', stepUp('pay'), [true, true, ['FORBIDDEN', NO_USER], ['UNAUTHENTICATED', NO_USER]]],
])('%s tells users, services, keys and nobody in particular apart', (_name, rule, expected) => {
  const callers = [userPrincipal(), servicePrincipal(), keyPrincipal(), anonymous];
  expect(callers.map((principal) => told(rule, principal))).toEqual(expected);
});

test('a refused credential is told its own reason', () => {
  const refusal = errors.SERVER_BUSY();
  expect(told(can('users:read'), { kind: 'anonymous', refusal })).toEqual([
    'SERVER_BUSY',
    { permission: 'users:read' },
  ]);
});

describe('a proof', () => {
  test('is fresh for as long as the setting says, to the second', () => {
    expect(told(fresh(), old(900))).toBe(true);
    expect(told(fresh(), old())).toEqual(['STEP_UP_REQUIRED', { freshness: 900 }]);
    expect(told(fresh(), old(300), { freshSeconds: 299 })).toEqual(['STEP_UP_REQUIRED', { freshness: 299 }]);
  });

  test('is fresh for as long as the rule says, be that less or more', () => {
    expect(told(fresh(60), old(60))).toBe(true);
    expect(told(fresh(60), old(61))).toEqual(['STEP_UP_REQUIRED', { freshness: 60 }]);
    expect(told(fresh(3600), old(3600))).toBe(true);
  });

  test('is none without the second factor of the account, and that is said', () => {
    const answer = ['STEP_UP_REQUIRED', { freshness: 60, assurance: 'aal2' }];
    expect(told(fresh(60), halfProved)).toEqual(answer);
  });

  test('may be a token for the action, and no other', () => {
    expect(told(stepUp('pay'), old(), { provedAction: 'pay' })).toBe(true);
    expect(told(stepUp('pay'), old(), { provedAction: 'close_shop' })).toEqual([
      'STEP_UP_REQUIRED',
      { freshness: 900 },
    ]);
    expect(told(stepUp('pay'), keyPrincipal(), { provedAction: 'other' })).toEqual(['FORBIDDEN', NO_USER]);
  });

  test('may be a sign-in that waits, of people alone', () => {
    const args = { input: { attemptToken: 'a' } };
    expect(told(freshOrAttempt, anonymous, { args })).toBe(true);
    expect(told(freshOrAttempt, old(), { args })).toBe(true);
    expect(told(freshOrAttempt, old(), { args: { input: { attemptToken: 7 } } })).toEqual([
      'STEP_UP_REQUIRED',
      { freshness: 900 },
    ]);
    for (const machine of [keyPrincipal(), servicePrincipal()]) {
      expect(told(freshOrAttempt, machine, { args })).toMatchObject(['FORBIDDEN', {}]);
    }
  });
});

test('assurance is what the session has reached; who could reach it is asked to, who could not is refused', () => {
  const missing = { assurance: 'aal2' };
  expect(told(assurance('aal2'), userPrincipal({ acr: 'aal2' }))).toBe(true);
  expect(told(assurance('aal2'), halfProved)).toEqual(['STEP_UP_REQUIRED', missing]);
  expect(told(assurance('aal2'), userPrincipal())).toEqual(['FORBIDDEN', missing]);
  expect(told(assurance('aal2'), servicePrincipal())).toEqual(['FORBIDDEN', NO_USER]);
});

test('verifiedEmail asks for a user whose address is proved', () => {
  expect(told(verifiedEmail(), userPrincipal({ emailVerified: true }))).toBe(true);
  const missing = { rule: 'a user whose e-mail address is verified' };
  expect(told(verifiedEmail(), userPrincipal())).toEqual(['FORBIDDEN', missing]);
  expect(told(verifiedEmail(), keyPrincipal())).toEqual(['FORBIDDEN', missing]);
});

test('can asks for the permission, of whatever kind its holder is', () => {
  const rule = can('users:read');
  expect(told(rule, userPrincipal({ may: ['users:read'] }))).toBe(true);
  expect(told(rule, keyPrincipal('users:read'))).toBe(true);
  expect(told(rule, servicePrincipal('users:list'))).toEqual(['FORBIDDEN', { permission: 'users:read' }]);
});

test('owns asks for the user whose id stands there; a key of theirs is not them', () => {
  const refusal = ['FORBIDDEN', { rule: 'the user it belongs to' }];
  const rule = owns('userId');
  expect(told(rule, userPrincipal(), { parent: { userId: 'ada' } })).toBe(true);
  expect(told(rule, keyPrincipal(), { parent: { userId: 'ada' } })).toEqual(refusal);
  for (const parent of [{ userId: 'bob' }, {}, null, undefined, 'ada']) {
    expect(told(rule, userPrincipal(), { parent })).toEqual(refusal);
  }
});

describe('an attribute rule', () => {
  const rule = attribute(
    'small_orders',
    'orders below 100 in office hours',
    ({ principal, resource, network, now }) => {
      const { amount } = resource as { amount: number };
      return principal.id === 'ada' && amount < 100 && network.ip === null && now.getUTCHours() === 10;
    },
  );

  test('decides by the user, the resource, the network and the time', () => {
    const refusal = ['FORBIDDEN', { rule: 'orders below 100 in office hours' }];
    expect(told(rule, userPrincipal(), { parent: { amount: 99 } })).toBe(true);
    expect(told(rule, userPrincipal(), { parent: { amount: 100 } })).toEqual(refusal);
    expect(told(rule, userPrincipal({ id: 'bob' }), { parent: { amount: 99 } })).toEqual(refusal);
    const night = { parent: { amount: 99 }, now: new Date('2026-03-02T03:00:00Z') };
    expect(told(rule, userPrincipal(), night)).toEqual(refusal);
  });

  test('is not asked about callers who have proved nothing', () => {
    const open = attribute('open', 'anything', () => true);
    expect(told(open, anonymous)).toEqual(['UNAUTHENTICATED', {}]);
  });

  test('takes nothing but true for a yes', () => {
    const loose = attribute('loose', 'anything', () => 'yes' as unknown as boolean);
    expect(told(loose, userPrincipal())).toEqual(['FORBIDDEN', { rule: 'anything' }]);
  });
});
