import { describe, expect, test } from 'vitest';
import {
  type FirstProof,
  judgeLogin,
  type LoginDemands,
  type LoginFacts,
  type LoginRules,
  type LoginVerdict,
} from '../../../../src/features/login/login.policy.js';
import type { FactorKind } from '../../../../src/features/mfa/factor.js';

const NOW = new Date('2026-03-01T12:00:00Z');
const FACTORS = ['totp', 'passkey', 'email_code'] as const;

const first = (method: string, rests: FirstProof['rests'], more: Partial<FirstProof> = {}): FirstProof => ({
  method,
  amr: [method],
  rests,
  multiFactor: false,
  ...more,
});
const provider = (name: string, amr: string[], acr: string | null = null) =>
  first(name, 'provider', { provider: { name, acr, amr } });
const REFEDS = 'https://refeds.org/profile/mfa';
const FIRSTS = [
  first('password', 'knowledge'),
  first('passkey', 'possession'),
  first('passkey', 'possession', { multiFactor: true }),
  first('login_link', 'mailbox'),
  provider('corporate', ['mfa']),
  provider('corporate', ['pwd'], REFEDS),
  provider('corporate', ['pwd'], 'aal9'),
  provider('anybody', ['mfa'], REFEDS),
];
const SECONDS: LoginFacts['second'][] = [
  null,
  ...[...FACTORS, 'recovery_code' as const].map((kind) => ({ kind, amr: ['otp'] })),
];
const DEMANDS: LoginDemands[] = [{}, { secondFactor: true }, { kinds: ['passkey'] }, { kinds: ['totp'] }];
const DEADLINES = [null, new Date(NOW.getTime() - 1), new Date(NOW.getTime() + 60_000)];

const rulesOf = (overrides: Partial<LoginRules> = {}): LoginRules => ({
  requireVerifiedEmail: false,
  requiredForAllUsers: false,
  requiredRoles: ['chief'],
  enrolmentGraceSeconds: 0,
  emailCode: true,
  trustedProviders: ['corporate'],
  ...overrides,
});
const userOf = (overrides: Partial<LoginFacts['user']> = {}): LoginFacts['user'] => ({
  status: 'active',
  emailVerifiedAt: NOW,
  factorKinds: [],
  secondFactorRequired: false,
  secondFactorDeadline: null,
  ...overrides,
});
const factsOf = (overrides: Partial<LoginFacts> = {}): LoginFacts => ({
  user: userOf(),
  roles: [],
  privileged: false,
  first: first('password', 'knowledge'),
  second: null,
  hasRecoveryCodes: false,
  trustedDevice: false,
  demands: {},
  now: NOW,
  ...overrides,
});

const flags = [false, true];
const subsets = FACTORS.reduce<FactorKind[][]>(
  (all, kind) => all.flatMap((set) => [set, [...set, kind]]),
  [[]],
);

function* everyRules(): Generator<LoginRules> {
  for (const requiredForAllUsers of flags)
    for (const enrolmentGraceSeconds of [0, 3600])
      for (const emailCode of flags) yield rulesOf({ requiredForAllUsers, enrolmentGraceSeconds, emailCode });
}

/** Every account, in every state that matters here. */
function* everyAccount(): Generator<Pick<LoginFacts, 'user' | 'roles' | 'privileged' | 'hasRecoveryCodes'>> {
  for (const factorKinds of subsets)
    for (const secondFactorRequired of flags)
      for (const secondFactorDeadline of DEADLINES)
        for (const roles of [[], ['chief']])
          for (const privileged of flags)
            for (const hasRecoveryCodes of flags) {
              const user = userOf({ factorKinds, secondFactorRequired, secondFactorDeadline });
              yield { user, roles, privileged, hasRecoveryCodes };
            }
}

function* everyAttempt(): Generator<LoginFacts> {
  for (const account of everyAccount())
    for (const proof of FIRSTS)
      for (const second of SECONDS)
        for (const trustedDevice of flags)
          for (const demands of DEMANDS)
            yield { ...account, first: proof, second, trustedDevice, demands, now: NOW };
}

/** What a proof rests on: two of the same are one. */
const restOf = (kind: FactorKind): string =>
  ({ totp: 'app', passkey: 'possession', email_code: 'mailbox', recovery_code: 'paper' })[kind];

const isFirstRest = ({ first: { rests } }: LoginFacts, kind: FactorKind): boolean => restOf(kind) === rests;

/** Whether the operator takes the kind, and their module does not rule it out. */
const isAllowed = ({ demands }: LoginFacts, { emailCode }: LoginRules, kind: FactorKind): boolean =>
  (emailCode || kind !== 'email_code') && (demands.kinds?.includes(kind) ?? true);

const isVouchedFor = ({ first: { provider: by } }: LoginFacts): boolean =>
  by?.name === 'corporate' && (by.amr.includes('mfa') || by.acr === REFEDS);

const provedTwo = (facts: LoginFacts, rules: LoginRules): boolean => {
  const { first: proof, second, demands } = facts;
  if (second) return isAllowed(facts, rules, second.kind) && !isFirstRest(facts, second.kind);
  if (proof.multiFactor) return demands.kinds?.includes('passkey') ?? true;
  return isVouchedFor(facts) && demands.kinds === undefined;
};

const hasFactor = ({ user }: LoginFacts, { emailCode }: LoginRules): boolean =>
  user.factorKinds.some((kind) => kind !== 'email_code' || emailCode);

const mustHave = ({ user, roles, demands }: LoginFacts, { requiredForAllUsers }: LoginRules): boolean =>
  [user.secondFactorRequired, requiredForAllUsers, roles.includes('chief'), demands.secondFactor].includes(
    true,
  );

/** What is wrong with a session that was granted, said in other words than the policy's. */
function faultOfSession(facts: LoginFacts, rules: LoginRules, verdict: Verdict<'session'>): string | null {
  const { secondFactor, acr, amr, deadline } = verdict;
  const { first: proof, second } = facts;
  if (secondFactor !== provedTwo(facts, rules)) return 'says of the second factor what was not proved';
  const mailbox = proof.rests === 'mailbox' || second?.kind === 'email_code';
  if ((acr === 'aal2') !== (secondFactor && !mailbox)) return 'is at a level that was not reached';
  if (amr.includes('mfa') !== secondFactor) return 'claims mfa';
  return secondFactor ? null : faultOfOneProof(facts, rules, deadline);
}

function faultOfOneProof(facts: LoginFacts, rules: LoginRules, deadline: Date | null): string | null {
  const { trustedDevice, privileged, demands } = facts;
  if (hasFactor(facts, rules)) {
    const spared = trustedDevice && !privileged && !demands.secondFactor;
    return spared ? null : 'skips the factor of the account';
  }
  const inGrace = deadline !== null && deadline > NOW && !demands.secondFactor;
  return mustHave(facts, rules) && !inGrace ? 'skips the factor that is required' : null;
}

function faultOfOffer(facts: LoginFacts, rules: LoginRules, kinds: readonly FactorKind[]): string | null {
  if (provedTwo(facts, rules)) return 'asks again';
  const papers = facts.hasRecoveryCodes ? ['recovery_code'] : [];
  const has: readonly string[] = [...facts.user.factorKinds, ...papers];
  const strange = kinds.some(
    (kind) => !has.includes(kind) || !isAllowed(facts, rules, kind) || isFirstRest(facts, kind),
  );
  return strange || kinds.length === 0 ? 'offers what does not count' : null;
}

function faultOfEnrolment(facts: LoginFacts, rules: LoginRules, kinds: readonly FactorKind[]): string | null {
  if (hasFactor(facts, rules) || provedTwo(facts, rules)) return 'lets somebody bring another factor';
  if (!mustHave(facts, rules)) return 'asks for what nobody requires';
  const strange = kinds.some((kind) => kind === 'recovery_code' || isFirstRest(facts, kind));
  return strange || kinds.length === 0 ? 'lets a factor be enrolled that does not count' : null;
}

type Verdict<Kind extends LoginVerdict['kind']> = Extract<LoginVerdict, { kind: Kind }>;

/** What is wrong with a verdict, or nothing. */
function faultOf(facts: LoginFacts, rules: LoginRules, verdict: LoginVerdict): string | null {
  if (verdict.kind === 'session') return faultOfSession(facts, rules, verdict);
  if (verdict.kind === 'second_factor_required') return faultOfOffer(facts, rules, verdict.kinds);
  if (verdict.kind === 'enrolment_required') return faultOfEnrolment(facts, rules, verdict.kinds);
  return provedTwo(facts, rules) ? 'refuses what was proved' : null;
}

/** What to do next leads to a session. */
function deadEnd(facts: LoginFacts, rules: LoginRules, verdict: LoginVerdict): string | null {
  if (verdict.kind !== 'second_factor_required' && verdict.kind !== 'enrolment_required') return null;
  for (const kind of verdict.kinds) {
    const factorKinds =
      verdict.kind === 'enrolment_required' ? [...facts.user.factorKinds, kind] : facts.user.factorKinds;
    const done = { ...facts, user: { ...facts.user, factorKinds }, second: { kind, amr: ['otp'] } };
    const next = judgeLogin(done, rules);
    if (next.kind !== 'session' || !next.secondFactor) return `leads nowhere by ${kind}`;
  }
  return null;
}

const RANK = {
  session: 0,
  email_verification_required: 1,
  second_factor_required: 1,
  enrolment_required: 1,
  refused: 2,
  second_factor_unavailable: 2,
};

test('no combination of account, proofs, device, settings and demands opens a session below what is asked of it', () => {
  let judged = 0;
  for (const rules of everyRules()) {
    for (const facts of everyAttempt()) {
      judged += 1;
      const verdict = judgeLogin(facts, rules);
      const fault = faultOf(facts, rules, verdict) ?? deadEnd(facts, rules, verdict);
      if (fault !== null) expect.fail(`${fault}: ${JSON.stringify({ facts, rules, verdict })}`);
    }
  }
  expect(judged).toBe(8 * 384 * FIRSTS.length * SECONDS.length * 2 * DEMANDS.length);
});

test('the operator’s demands never make less of what is asked', () => {
  const rules = rulesOf({ requiredForAllUsers: true });
  for (const facts of everyAttempt()) {
    const without = judgeLogin({ ...facts, demands: {} }, rules);
    const asked = judgeLogin(facts, rules);
    expect(RANK[asked.kind]).toBeGreaterThanOrEqual(RANK[without.kind]);
    const lifts = 'secondFactor' in asked && asked.secondFactor;
    if (lifts) expect(without).toMatchObject({ kind: 'session', secondFactor: true });
  }
});

describe('whatever was proved', () => {
  const proved = FIRSTS.flatMap((each) => SECONDS.map((second) => ({ first: each, second })));

  test.each(['deactivated', 'deleted'] as const)('an account that is %s is refused', (status) => {
    for (const each of proved) {
      expect(judgeLogin(factsOf({ ...each, user: userOf({ status }) }), rulesOf())).toEqual({
        kind: 'refused',
      });
    }
  });

  test('what the operator’s module refuses is refused', () => {
    for (const each of proved) {
      const facts = factsOf({ ...each, demands: { refuse: true }, trustedDevice: true });
      expect(judgeLogin(facts, rulesOf())).toEqual({ kind: 'refused' });
    }
  });

  test('an address that is not proved is asked for first, where settings or the operator’s module want it', () => {
    const user = userOf({ emailVerifiedAt: null });
    for (const each of proved) {
      const verdicts = [
        judgeLogin(factsOf({ ...each, user }), rulesOf({ requireVerifiedEmail: true })),
        judgeLogin(factsOf({ ...each, user, demands: { verifiedEmail: true } }), rulesOf()),
      ];
      for (const verdict of verdicts) expect(verdict).toEqual({ kind: 'email_verification_required' });
    }
  });
});

test('the time to enrol runs from the first sign-in that asked, and is not renewed by later ones', () => {
  const rules = rulesOf({ requiredForAllUsers: true, enrolmentGraceSeconds: 60 });
  const deadline = new Date(NOW.getTime() + 60_000);
  expect(judgeLogin(factsOf(), rules)).toMatchObject({ kind: 'session', deadline });
  const user = userOf({ secondFactorDeadline: deadline });
  const later = new Date(NOW.getTime() + 59_999);
  expect(judgeLogin(factsOf({ user, now: later }), rules)).toMatchObject({ kind: 'session', deadline });
  expect(judgeLogin(factsOf({ user, now: deadline }), rules).kind).toBe('enrolment_required');
});

test('a mailbox does not open an account twice: a link by mail and a code by mail are one factor', () => {
  const user = userOf({ factorKinds: ['email_code'], secondFactorRequired: true });
  const facts = factsOf({ user, first: first('login_link', 'mailbox') });
  expect(judgeLogin(facts, rulesOf())).toEqual({ kind: 'second_factor_unavailable' });
  const second = { kind: 'email_code', amr: ['otp'] } as const;
  expect(judgeLogin({ ...facts, second }, rulesOf())).toEqual({ kind: 'second_factor_unavailable' });
});

test('the word of a provider counts where the operator names it, and nowhere else', () => {
  const user = userOf({ factorKinds: ['totp'] });
  const asked = { kind: 'second_factor_required', kinds: ['totp'] };
  for (const proof of [provider('corporate', ['mfa']), provider('corporate', [], REFEDS)]) {
    const facts = factsOf({ user, first: proof });
    expect(judgeLogin(facts, rulesOf())).toMatchObject({ kind: 'session', acr: 'aal2', secondFactor: true });
    expect(judgeLogin(facts, rulesOf({ trustedProviders: [] }))).toEqual(asked);
  }
  expect(judgeLogin(factsOf({ user, first: provider('corporate', ['pwd']) }), rulesOf())).toEqual(asked);
});
