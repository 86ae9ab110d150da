import { LRUCache } from 'lru-cache';
import { type Clock, toNumericDate } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import {
  type CompactJws,
  parseCompactJws,
  parseJsonObject,
  signJws,
  verifyJws,
} from '../../platform/crypto/jws.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import type { Metrics, Tally } from '../../platform/metrics.js';
import type { SigningKeyService } from '../signing-keys/signing-key.service.js';
import { signingKeyRotated } from '../signing-keys/signing-keys.contract.js';
import {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  type MachineClaims,
  parseAccessClaims,
  type UserClaims,
} from './token.claims.js';
import { tokenErrors, tokensIssued } from './tokens.contract.js';

/** Longer tokens are refused unread (CVE-2026-9704). */
const MAX_TOKEN_LENGTH = 8_192;
const MAX_CACHED = 20_000;
/** The tail of the signature: spread evenly, and never trusted without comparing the whole token. */
const CACHE_KEY_LENGTH = 43;

/** A token that was verified, and when the key that signed it stops being trusted. */
interface Verified {
  readonly token: string;
  readonly claims: AccessClaims;
  readonly keyExpiresAt: Date | null;
}

/** What a user's access token says, before the issuer's own claims are added. */
export type AccessFacts = Omit<UserClaims, 'iss' | 'exp' | 'iat' | 'jti'>;
/** What a service account's says; `jti` is the id of its row, and it is valid until `exp`. */
export type MachineFacts = Omit<MachineClaims, 'iss' | 'iat'>;

/** The outcome of reading a token: good, expired but genuine, or nothing of ours. */
export type ReadToken =
  | { readonly state: 'valid' | 'expired'; readonly claims: AccessClaims }
  | { readonly state: 'invalid' };

const INVALID: ReadToken = { state: 'invalid' };

interface Deps {
  readonly signingKeys: SigningKeyService;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly issuer: string;
  readonly accessTtlSeconds: number;
}

/**
 * Owns access tokens: it mints them (RFC 9068) and reads them back. A token that reads as valid was signed
 * by a key that is still trusted; whether its session still lives is the sessions' business.
 */
export class TokenService {
  private readonly verified = new LRUCache<string, Verified>({ max: MAX_CACHED });
  private generation = 0;
  private readonly issued: { readonly user: Tally; readonly machine: Tally };

  constructor(private readonly deps: Deps) {
    const tallies = deps.metrics.counter(tokensIssued);
    this.issued = { user: tallies.of('user'), machine: tallies.of('service_account') };
    deps.feed.on(signingKeyRotated.name, () => this.forget());
    deps.feed.onGap(() => this.forget());
  }

  /** A new access token and when it expires. */
  async mintAccessToken(facts: AccessFacts): Promise<{ token: string; expiresAt: Date }> {
    const exp = toNumericDate(this.deps.clock.now()) + this.deps.accessTtlSeconds;
    const token = await this.sign({ ...facts, exp, jti: newId() });
    this.issued.user.count += 1;
    return { token, expiresAt: new Date(exp * 1000) };
  }

  /** A service account's access token. */
  async mintMachineToken(facts: MachineFacts): Promise<string> {
    const token = await this.sign(facts);
    this.issued.machine.count += 1;
    return token;
  }

  private async sign(facts: Omit<AccessClaims, 'iss' | 'iat'>): Promise<string> {
    const { kid, algorithm, privateKey } = await this.deps.signingKeys.signer();
    const iat = toNumericDate(this.deps.clock.now());
    return signJws(
      algorithm,
      privateKey,
      { typ: ACCESS_TOKEN_TYPE, kid },
      { ...facts, iss: this.deps.issuer, iat },
    );
  }

  /** What `readAccessToken` says of a token that was verified before; undefined where it has to be verified anew. */
  recallAccessToken(token: string): ReadToken | undefined {
    const claims = this.findVerified(token);
    return claims && this.judge(claims);
  }

  /** Reads a token of ours for any audience. Never throws on a bad one. */
  async readAccessToken(token: string): Promise<ReadToken> {
    const known = this.recallAccessToken(token);
    if (known) return known;
    const jws = token.length > MAX_TOKEN_LENGTH ? null : parseCompactJws(token);
    if (!jws) return INVALID;
    const { generation } = this;
    const verified = await this.verifySignature(token, jws);
    if (!verified) return INVALID;
    // Verified while a rotation was announced: good for this call, not to be kept.
    if (generation === this.generation && this.deps.feed.isCurrent())
      this.verified.set(token.slice(-CACHE_KEY_LENGTH), verified);
    return this.judge(verified.claims);
  }

  /** The claims of a valid token for `audience`. Throws TOKEN_EXPIRED or TOKEN_INVALID. */
  async verifyAccessToken(token: string, audience: string): Promise<AccessClaims> {
    const read = await this.readAccessToken(token);
    if (read.state === 'invalid' || read.claims.aud !== audience) throw tokenErrors.TOKEN_INVALID();
    if (read.state === 'expired') throw tokenErrors.TOKEN_EXPIRED();
    return read.claims;
  }

  private findVerified(token: string): AccessClaims | undefined {
    if (!this.deps.feed.isCurrent()) return undefined;
    const entry = this.verified.get(token.slice(-CACHE_KEY_LENGTH));
    if (entry?.token !== token) return undefined;
    const { keyExpiresAt } = entry;
    return keyExpiresAt && keyExpiresAt <= this.deps.clock.now() ? undefined : entry.claims;
  }

  private forget(): void {
    this.generation += 1;
    this.verified.clear();
  }

  private judge(claims: AccessClaims): ReadToken {
    const now = toNumericDate(this.deps.clock.now());
    // A clock that was set back must not bring tokens of the future to life (RFC 8725 §3.10).
    if (claims.iat > now + 60) return INVALID;
    return { state: claims.exp > now ? 'valid' : 'expired', claims };
  }

  private async verifySignature(token: string, jws: CompactJws): Promise<Verified | null> {
    const { alg, kid, typ, crit } = jws.header;
    // RFC 8725 §3.11: no other JWT of ours passes for an access token. RFC 7515 §4.1.11: no extension is understood.
    if (!isAccessTokenType(typ) || crit !== undefined || typeof kid !== 'string') return null;
    const key = await this.deps.signingKeys.findVerifier(kid);
    // The key that the header names, for its own algorithm only (RFC 8725 §3.1).
    if (!key || key.algorithm !== alg || !verifyJws(key.algorithm, key.publicKey, jws)) return null;
    const payload = parseJsonObject(jws.payload);
    // None of ours waits for its time: one that does is not ours.
    if (!payload || payload['iss'] !== this.deps.issuer || payload['nbf'] !== undefined) return null;
    const claims = parseAccessClaims(payload);
    return claims && { token, claims, keyExpiresAt: key.expiresAt };
  }
}

/** RFC 9068 §2.1: with or without `application/`, and media types know no case (RFC 7515 §4.1.9). */
function isAccessTokenType(typ: unknown): boolean {
  if (typ === ACCESS_TOKEN_TYPE) return true;
  return typeof typ === 'string' && typ.toLowerCase().replace(/^application\//, '') === ACCESS_TOKEN_TYPE;
}
