/** What a refused caller lacks, in the words of the permission reference; whatever is not lacking is absent. */
export interface Missing {
  /** A permission that is not held, by name. */
  readonly permission?: string;
  /** The assurance level that the session has not reached, such as `aal2` (NIST SP 800-63B). */
  readonly assurance?: string;
  /** A proof that is not older than so many seconds. */
  readonly freshness?: number;
  /** The rule that would not be met whatever one holds, in words: another's resource, a network, an hour of the day. */
  readonly rule?: string;
}

/** All that two refusals miss together; a second permission, for which there is no room of its own, is put into words. */
export function allMissing(one: Missing, other: Missing): Missing {
  const permission = one.permission ?? other.permission;
  const assurance = one.assurance ?? other.assurance;
  const freshness = least(one.freshness, other.freshness);
  const further = other.permission === permission ? undefined : other.permission;
  const rules = [one.rule, further === undefined ? undefined : `permission \`${further}\``, other.rule];
  const rule = [...new Set(rules.filter((each) => each !== undefined))].join('; and ');
  return {
    ...(permission === undefined ? {} : { permission }),
    ...(assurance === undefined ? {} : { assurance }),
    ...(freshness === undefined ? {} : { freshness }),
    ...(rule === '' ? {} : { rule }),
  };
}

function least(one: number | undefined, other: number | undefined): number | undefined {
  return one === undefined || other === undefined ? (one ?? other) : Math.min(one, other);
}
