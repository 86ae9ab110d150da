import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/kernel/id.js';
import { NO_LINEAGE } from '../../src/kernel/lineage.js';
import { User } from '../../src/features/users/user.entity.js';
import { ADMIN, startTestApp, type TestApp } from '../support/app.js';
import { FakeClock } from '../support/clock.js';
import { Browser } from '../support/browser.js';
import { generousLimits } from '../support/email-flows.js';
import { SessionWalk, type Step, STEP_NAMES } from '../support/session-walk/walk.js';

const RUNS = 25;

/** Signing in is what the walk is about, so it is done more often than the rest. */
const SIGN_IN = [
  'login',
  'loginByPasskey',
  'enrolPasskey',
  'verify',
  'verifyByRecoveryCode',
  'complete',
  'confirmOnTheWay',
] as const;
const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom(...STEP_NAMES, ...SIGN_IN, ...SIGN_IN),
  a: fc.nat({ max: 1000 }),
  b: fc.nat({ max: 1000 }),
});

/** An account with a factor from the start, so that most of a walk is about it. */
const opening: readonly Step[] = [
  { what: 'enrol', a: 0, b: 0 },
  { what: 'confirm', a: 0, b: 0 },
];
const walks = fc
  .tuple(fc.constantFrom([], opening, opening), fc.array(step, { minLength: 6, maxLength: 16 }))
  .map(([first, then]) => [...first, ...then]);

let clock: FakeClock;
let app: TestApp;
let admin: Browser;
beforeAll(async () => {
  clock = new FakeClock();
  const config = { rateLimits: generousLimits, lockout: { threshold: 100 }, loginLinks: { enabled: true } };
  app = await startTestApp({ clock, config });
  admin = new Browser(app.url);
});
afterAll(() => app.close());

test('no walk over the mutations ever meets a session below what its account asks for', async () => {
  let opened = 0;
  const property = fc.asyncProperty(walks, async (steps) => {
    const { wrong, opened: more } = await walk(steps);
    opened += more;
    expect(wrong).toBeNull();
  });
  await fc.assert(property, { numRuns: RUNS });
  expect(opened).toBeGreaterThan(RUNS / 2);
}, 300_000);

/** Ways around the policy that a careless change could open; each is taken back afterwards. */
const SHORTCUTS: Readonly<Record<string, (services: TestApp['services']) => () => void>> = {
  'every device counts as trusted': ({ trustedDevices }) =>
    both(
      replace(trustedDevices, 'isTrusted', async () => true),
      replace(trustedDevices, 'useWithin', async () => ({ id: newId(), lineage: NO_LINEAGE })),
    ),
  'a password counts for two': ({ passwordMethod }) => {
    const prove = passwordMethod.prove.bind(passwordMethod);
    return replace(passwordMethod, 'prove', async (...asked) => {
      const proof = await prove(...asked);
      return proof && { ...proof, multiFactor: true };
    });
  },
  'a reset signs in': ({ passwordResets, unitOfWork, sessions }) => {
    const reset = passwordResets.reset.bind(passwordResets);
    return replace(passwordResets, 'reset', async (caller, mailed) => {
      const ended = await reset(caller, mailed);
      await unitOfWork.run(async (unit) => {
        const [user] = await unit.em.find(User, {}, { orderBy: { id: 'desc' }, limit: 1 });
        const assurance = {
          method: 'password',
          amr: ['pwd'],
          acr: 'aal1',
          secondFactor: false,
          openedWith: [],
        };
        if (user)
          sessions.open(unit, caller, user, { ...assurance, lineage: NO_LINEAGE, sessionId: newId() });
      });
      return ended;
    });
  },
};

describe('the walk finds a shortcut that somebody has planted', () => {
  test.each(Object.entries(SHORTCUTS))(
    '%s',
    async (_name, plant) => {
      const takeBack = plant(app.services);
      try {
        const property = fc.asyncProperty(walks, async (steps) => (await walk(steps)).wrong === null);
        const found = await fc.check(property, { numRuns: 120, endOnFailure: true });
        expect(found.failed).toBe(true);
      } finally {
        takeBack();
      }
    },
    300_000,
  );
});

/** Takes the steps up to the first session that should not be. */
async function walk(steps: readonly Step[]): Promise<{ wrong: string | null; opened: number }> {
  await admin.login(ADMIN);
  const one = await SessionWalk.begin({ app, admin, clock });
  for (const each of steps) {
    const wrong = await one.take(each);
    if (wrong !== null) return { wrong, opened: one.opened };
  }
  return { wrong: null, opened: one.opened };
}

function both(one: () => void, other: () => void): () => void {
  return () => {
    one();
    other();
  };
}

/** Puts another method in the place of one; answers what puts the first one back. */
function replace<Target extends object, Name extends keyof Target>(
  target: Target,
  name: Name,
  method: Target[Name],
): () => void {
  const original = target[name];
  target[name] = method;
  return () => void (target[name] = original);
}
