import { describe, expect, test } from 'vitest';
import { can, owns, signedIn, stepUp } from '../../../src/graphql/allow.js';
import type { AuthError } from '../../../src/kernel/errors.js';
import {
  admits,
  either,
  every,
  given,
  groundsOf,
  leavesOf,
  ofHolders,
  permissionsOf,
  type Question,
  type Rule,
  unlessEmpty,
} from '../../../src/kernel/rule.js';
import { keyPrincipal, questionOf, servicePrincipal, userPrincipal } from '../../support/questions.js';

const OLD = { provedAt: 0, fresh: false };
const told = (rule: Rule, question: Question) => {
  const verdict = rule.judge(question);
  return verdict === true ? true : [verdict.code, verdict.missing];
};

describe('every', () => {
  const rule = every(can('orders:read'), can('orders:refund'), stepUp('refund'));

  test.each([
    [['orders:read', 'orders:refund'], true],
    [['orders:read'], ['FORBIDDEN', { permission: 'orders:refund' }]],
    [['orders:refund'], ['FORBIDDEN', { permission: 'orders:read' }]],
    [[], ['FORBIDDEN', { permission: 'orders:read', rule: 'permission `orders:refund`' }]],
  ])('lets through who is let through by all, here with %j', (may, answer) => {
    expect(told(rule, questionOf(userPrincipal({ may })))).toEqual(answer);
  });

  test('answers with the first refusal, and tells all that is missing', () => {
    const verdict = rule.judge(questionOf(userPrincipal({ ...OLD, may: ['orders:read'] })));
    expect(verdict).toMatchObject({ code: 'FORBIDDEN', details: undefined });
    expect((verdict as AuthError).missing).toEqual({ permission: 'orders:refund', freshness: 900 });
  });

  test('keeps what a step-up needs to know', () => {
    const verdict = rule.judge(questionOf(userPrincipal({ ...OLD, may: ['orders:read', 'orders:refund'] })));
    expect(verdict).toMatchObject({
      code: 'STEP_UP_REQUIRED',
      details: { action: 'refund' },
      missing: { freshness: 900 },
    });
  });
});

describe('either', () => {
  const rule = either(owns('userId'), can('sessions:read'));
  const parent = { userId: 'ada' };

  test('lets through who is let through by one', () => {
    expect(told(rule, questionOf(userPrincipal(), { parent }))).toBe(true);
    expect(told(rule, questionOf(userPrincipal({ id: 'bob', may: ['sessions:read'] }), { parent }))).toBe(
      true,
    );
    expect(told(rule, questionOf(keyPrincipal('sessions:read'), { parent }))).toBe(true);
  });

  test('misses what can be had, not that the thing were one’s own, in whatever order they stand', () => {
    const asked = questionOf(userPrincipal({ id: 'bob' }), { parent });
    const answer = ['FORBIDDEN', { permission: 'sessions:read' }];
    expect(told(rule, asked)).toEqual(answer);
    expect(told(either(can('sessions:read'), owns('userId')), asked)).toEqual(answer);
  });

  test('misses all of them in words where none can be had', () => {
    const none = either(owns('userId'), signedIn);
    expect(told(none, questionOf(keyPrincipal(), { parent }))).toEqual([
      'FORBIDDEN',
      { rule: 'the user it belongs to, or a signed-in user' },
    ]);
  });

  test('answers anonymous callers with UNAUTHENTICATED', () => {
    expect(told(rule, questionOf({ kind: 'anonymous' }, { parent }))).toEqual([
      'UNAUTHENTICATED',
      { permission: 'sessions:read' },
    ]);
  });
});

describe('a condition', () => {
  test('`given` asks only where the field is there and not null', () => {
    const rule = given('email', can('users:modify'));
    const asked = (args: Record<string, unknown>) => told(rule, questionOf(userPrincipal(), { args }));
    for (const args of [{}, { input: {} }, { input: null }, { input: 'email' }, { input: { email: null } }]) {
      expect(asked(args)).toBe(true);
    }
    const refusal = ['FORBIDDEN', { permission: 'users:modify' }];
    expect(asked({ input: { email: '' } })).toEqual(refusal);
    expect(asked({ input: { email: false } })).toEqual(refusal);
  });

  test('`unlessEmpty` asks where the list is filled, or left to be filled', () => {
    const rule = unlessEmpty('roles', can('roles:manage'));
    const asked = (args: Record<string, unknown>) => told(rule, questionOf(userPrincipal(), { args }));
    expect(asked({ input: { roles: [] } })).toBe(true);
    for (const args of [{}, { input: {} }, { input: { roles: null } }, { input: { roles: [''] } }]) {
      expect(asked(args)).toEqual(['FORBIDDEN', { permission: 'roles:manage' }]);
    }
  });

  test('`ofHolders` asks holders alone', () => {
    const rule = every(signedIn, ofHolders('sessions:revoke', stepUp('revoke_sessions')));
    expect(told(rule, questionOf(userPrincipal(OLD)))).toBe(true);
    expect(told(rule, questionOf(userPrincipal({ ...OLD, may: ['sessions:revoke'] })))).toEqual([
      'STEP_UP_REQUIRED',
      { freshness: 900 },
    ]);
  });
});

describe('as facts', () => {
  const revoke = every(
    either(can('api_keys:revoke'), signedIn),
    ofHolders('api_keys:revoke', stepUp('revoke_api_keys')),
  );

  test('a rule names its leaves and its permissions, each once', () => {
    expect(leavesOf(revoke).map(({ description }) => description)).toEqual([
      'permission `api_keys:revoke`',
      'a signed-in user',
      'a proof within `AUTH_FRESH_AUTH_SECONDS` or an action token for `revoke_api_keys`',
    ]);
    expect(permissionsOf(revoke)).toEqual(['api_keys:revoke']);
    expect(permissionsOf(every(signedIn, given('email', can('users:modify'))))).toEqual(['users:modify']);
  });

  test('it knows who can never get past: a key holds the permission, and then lacks the proof', () => {
    expect(admits(revoke, 'user')).toBe(true);
    expect(admits(revoke, 'service_account')).toBe(true);
    expect(admits(revoke, 'api_key')).toBe(false);
    expect(admits(can('roles:read'), 'api_key')).toBe(true);
    expect(admits(can('roles:manage'), 'api_key', (name) => name !== 'roles:manage')).toBe(false);
    expect(admits(given('email', signedIn), 'api_key')).toBe(true);
    expect(admits(can('users:read'), 'anonymous')).toBe(false);
  });

  test('it knows by what somebody got past: of ways the first, of conditions those that applied', () => {
    const grounds = (question: Question, rule: Rule = revoke) =>
      groundsOf(rule, question).map(
        ({ needs, description }) => needs?.permission ?? needs?.action ?? description,
      );
    expect(grounds(questionOf(userPrincipal()))).toEqual(['a signed-in user']);
    expect(grounds(questionOf(servicePrincipal('api_keys:revoke')))).toEqual([
      'api_keys:revoke',
      'revoke_api_keys',
    ]);
    const may = ['api_keys:revoke'];
    expect(
      grounds(questionOf(userPrincipal({ may })), either(owns('userId'), can('api_keys:revoke'))),
    ).toEqual(may);
  });
});
