import { type FactorKind, type FactorSettings, isTaken } from './factor.js';

interface Deps {
  readonly settings: FactorSettings;
}

/**
 * Which kinds of second factors count. One that the operator no longer takes is none, whoever has it: it must neither
 * let anybody in nor lock anybody out. Everybody who asks whether an account has a second factor asks here.
 */
export class FactorKindsService {
  /** The kinds that do not count, as Postgres reads a `text[]`. */
  readonly notTaken: string;

  constructor(private readonly deps: Deps) {
    this.notTaken = deps.settings.emailCode ? '{}' : '{email_code}';
  }

  isTaken(kind: FactorKind): boolean {
    return isTaken(kind, this.deps.settings);
  }

  /** Whether an account has a second factor that it could be asked for. */
  anyOf({ factorKinds }: { readonly factorKinds: readonly string[] }): boolean {
    return factorKinds.some((kind) => isTaken(kind, this.deps.settings));
  }
}
