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
