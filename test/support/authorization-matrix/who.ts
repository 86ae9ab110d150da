/** Somebody who asks, by all that decides about what they may have. */
export interface Standing {
  readonly kind: 'nobody' | 'user' | 'service_account' | 'api_key';
  /** What a credential that is not accepted is refused with; absent where there is none, or it is accepted. */
  readonly deadBy?: string;
  readonly permissions: ReadonlySet<string>;
  /** Whether a user's proof is fresh. */
  readonly fresh: boolean;
  /** Whether a service account came with an access token. */
  readonly byToken?: true;
  /** Whether the things that the questions are about are theirs. */
  readonly owns: boolean;
}

/** `passed`, or the code of the refusal; `hidden` is one that does not tell a stranger whether there is such a thing. */
export type Verdict = 'passed' | 'hidden' | (string & {});

const KINDS: Readonly<Record<string, Standing['kind']>> = {
  user: 'user',
  person: 'user',
  account: 'service_account',
};

interface Alternative {
  /** The only kind that may, where there is one. */
  readonly only: Standing['kind'] | null;
  readonly fresh: boolean;
  readonly secret: boolean;
  /** `public`, `attempt`, `authenticated`, a kind, `owner`, `keyholder`, or permissions. */
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

function verdictOfOne(standing: Standing, { who, only, fresh, secret }: Alternative): Verdict {
  if (who === 'public') return 'passed';
  if (who === 'attempt') return ['nobody', 'user'].includes(standing.kind) ? 'passed' : 'FORBIDDEN';
  if (standing.kind === 'nobody' || (only !== null && standing.kind !== only)) return 'FORBIDDEN';
  const held = holds(standing, who);
  return held === 'FORBIDDEN' || !(fresh || secret) ? held : proven(standing, held, { fresh });
}

/** What is left of a verdict where a proof is asked for: of people a fresh one, of machines their secret. */
function proven({ kind, byToken, ...standing }: Standing, held: Verdict, asked: { fresh: boolean }): Verdict {
  if (held === 'passed' && byToken) return 'FORBIDDEN';
  if (!asked.fresh) return held;
  const { fresh } = standing;
  if (kind === 'user') return fresh ? held : 'STEP_UP_REQUIRED';
  return kind === 'service_account' ? held : 'FORBIDDEN';
}

function holds({ kind, owns, permissions }: Standing, who: string): Verdict {
  if (who === 'authenticated') return 'passed';
  if (who === 'user' || who === 'account') return kind === KINDS[who] ? 'passed' : 'FORBIDDEN';
  if (who === 'owner' || who === 'keyholder') {
    const may = kind === 'user' || (who === 'keyholder' && kind === 'service_account');
    return !may ? 'FORBIDDEN' : owns ? 'passed' : 'hidden';
  }
  return permissionsOf(who).every((each) => permissions.has(each)) ? 'passed' : 'FORBIDDEN';
}

function alternativesIn(expectation: string): Alternative[] {
  return expectation.split(' | ').map((text) => {
    const found =
      /^(?:(person|account) )?(public|attempt|authenticated|user|account|owner|keyholder|[a-z_]+:[a-z_]+(?: & [a-z_]+:[a-z_]+)*)( \+ fresh)?( \+ secret)?$/.exec(
        text,
      );
    if (!found) throw new Error(`Nobody knows who "${text}" is.`);
    const [, only, who = '', fresh, secret] = found;
    return { who, only: KINDS[only ?? ''] ?? null, fresh: fresh !== undefined, secret: secret !== undefined };
  });
}

function permissionsOf(who: string): readonly string[] {
  return who.includes(':') ? who.split(' & ') : [];
}
