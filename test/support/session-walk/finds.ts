import { totpCode } from '../totp.js';

/** What has come to light on a walk: every text that an answer held, sorted by what it is good for. */
export class Finds {
  readonly accessTokens: string[] = [];
  readonly attemptTokens: string[] = [];
  readonly recoveryCodes: string[] = [];
  /** Secrets of authenticator apps, by the id of the factor. */
  readonly secrets = new Map<string, string>();
  /** Everything else: ids, refresh tokens, challenge ids. */
  readonly others: string[] = [];

  /** Keeps everything that an answer tells. */
  collect(data: unknown): void {
    this.visit(data, '');
  }

  /** The code that one of the apps shows. */
  totp(n: number, now: Date): string {
    const secret = pick([...this.secrets.values()], n);
    return secret === undefined ? '000000' : totpCode(secret, now);
  }

  private visit(value: unknown, name: string): void {
    if (typeof value === 'string') this.keep(name, value);
    else if (Array.isArray(value)) for (const item of value) this.visit(item, name);
    else if (typeof value === 'object' && value !== null) {
      const { factorId, secret } = value as { factorId?: string; secret?: string };
      if (factorId !== undefined && secret !== undefined) this.secrets.set(factorId, secret);
      for (const [key, inner] of Object.entries(value)) this.visit(inner, key);
    }
  }

  private keep(name: string, text: string): void {
    const lists: Readonly<Record<string, string[]>> = {
      accessToken: this.accessTokens,
      attemptToken: this.attemptTokens,
      recoveryCodes: this.recoveryCodes,
      __typename: [],
    };
    (lists[name] ?? this.others).push(text);
  }
}

/** One of the items, whichever the number means; undefined when there is none. */
export function pick<Item>(items: readonly Item[], n: number): Item | undefined {
  return items[n % Math.max(1, items.length)];
}
