/** Somebody who asks, by all that decides about what they may have. */
export interface Standing {
  readonly kind: 'nobody' | 'user' | 'service_account' | 'api_key';
  /** What a credential that is not accepted is refused with; absent where there is none, or it is accepted. */
  readonly deadBy?: string;
  readonly permissions: ReadonlySet<string>;
  /** Whether a user's proof is fresh. */
  readonly fresh: boolean;
  /** Whether the things that the questions are about are theirs. */
  readonly owns: boolean;
}

/** `passed`, or the code of the refusal; `hidden` is one that does not tell a stranger whether there is such a thing. */
export type Verdict = 'passed' | 'hidden' | (string & {});

interface Alternative {
  /** The only kind that may, where there is one. */
  readonly only: Standing['kind'] | null;
  readonly fresh: boolean;
  /** `public`, `authenticated`, `user`, `owner`, or permissions. */
  readonly who: string;
}

/** What somebody of that standing is answered, where `expectation` says who may. Throws on words it does not know. */
export function verdictOf(standing: Standing, expectation: string): Verdict {
  const verdicts = alternativesIn(expectation).map((each) => verdictOfOne(standing, each));
  if (verdicts.includes('passed')) return 'passed';
  if (standing.kind === 'nobody') return standing.deadBy ?? 'UNAUTHENTICATED';
  if (verdicts.includes('STEP_UP_REQUIRED')) return 'STEP_UP_REQUIRED';
  return verdicts.includes('hidden') ? 'hidden' : 'FORBIDDEN';
}

/** The permissions that an expectation names, alternative by alternative. */
export function permissionsIn(expectation: string): (readonly string[])[] {
  return alternativesIn(expectation)
    .map(({ who }) => permissionsOf(who))
    .filter((each) => each.length > 0);
}

/** Whether what a cell got is what it should have got. */
export function fits(expected: Verdict, got: string): boolean {
  if (expected === 'hidden') return got === 'FORBIDDEN' || /^[A-Z_]+_NOT_FOUND$|^NOT_FOUND$/.test(got);
  return expected === got;
}

function verdictOfOne(standing: Standing, { who, only, fresh }: Alternative): Verdict {
  if (who === 'public') return 'passed';
  if (standing.kind === 'nobody' || (only !== null && standing.kind !== only)) return 'FORBIDDEN';
  const held = holds(standing, who);
  if (held === 'FORBIDDEN' || !fresh) return held;
  if (standing.kind === 'user') return standing.fresh ? held : 'STEP_UP_REQUIRED';
  return standing.kind === 'service_account' ? held : 'FORBIDDEN';
}

function holds({ kind, owns, permissions }: Standing, who: string): Verdict {
  if (who === 'authenticated') return 'passed';
  if (who === 'user') return kind === 'user' ? 'passed' : 'FORBIDDEN';
  if (who === 'owner') return kind !== 'user' ? 'FORBIDDEN' : owns ? 'passed' : 'hidden';
  return permissionsOf(who).every((each) => permissions.has(each)) ? 'passed' : 'FORBIDDEN';
}

function alternativesIn(expectation: string): Alternative[] {
  return expectation.split(' | ').map((text) => {
    const found =
      /^(person |account )?(public|authenticated|user|owner|[a-z_]+:[a-z_]+(?: & [a-z_]+:[a-z_]+)*)( \+ fresh)?$/.exec(
        text,
      );
    if (!found) throw new Error(`Nobody knows who "${text}" is.`);
    const [, only = null, who = '', fresh] = found;
    return { who, only: KINDS[only ?? ''] ?? null, fresh: fresh !== undefined };
  });
}

const KINDS: Readonly<Record<string, Standing['kind']>> = {
  'person ': 'user',
  'account ': 'service_account',
};

function permissionsOf(who: string): readonly string[] {
  return who.includes(':') ? who.split(' & ') : [];
}
