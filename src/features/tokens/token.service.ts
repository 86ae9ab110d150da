import { errors as joseErrors, type JWTHeaderParameters, jwtVerify, SignJWT } from 'jose';
import { LRUCache } from 'lru-cache';
import { type Clock, toNumericDate } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import type { LoadedKey, SigningKeyService } from '../signing-keys/signing-key.service.js';
import { signingKeyRotated } from '../signing-keys/signing-keys.contract.js';
import {
  ACCESS_TOKEN_TYPE,
  type AccessClaims,
  type MachineClaims,
  parseAccessClaims,
  type UserClaims,
} from './token.claims.js';
import { tokenErrors } from './tokens.contract.js';

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

interface Deps {
  readonly signingKeys: SigningKeyService;
  readonly feed: EventFeed;
  readonly clock: Clock;
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

  constructor(private readonly deps: Deps) {
    deps.feed.on(signingKeyRotated.name, () => this.forget());
    deps.feed.onGap(() => this.forget());
  }

  /** A new access token and when it expires. */
  async mintAccessToken(facts: AccessFacts): Promise<{ token: string; expiresAt: Date }> {
    const exp = toNumericDate(this.deps.clock.now()) + this.deps.accessTtlSeconds;
    const token = await this.sign({ ...facts, exp, jti: newId() });
    return { token, expiresAt: new Date(exp * 1000) };
  }

  /** A service account's access token. */
  async mintMachineToken(facts: MachineFacts): Promise<string> {
    return await this.sign(facts);
  }

  private async sign(facts: Omit<AccessClaims, 'iss' | 'iat'>): Promise<string> {
    const { kid, algorithm, privateKey } = await this.deps.signingKeys.signer();
    const iat = toNumericDate(this.deps.clock.now());
    return await new SignJWT({ ...facts, iss: this.deps.issuer, iat })
      .setProtectedHeader({ alg: algorithm, typ: ACCESS_TOKEN_TYPE, kid })
      .sign(privateKey);
  }

  /** Reads a token of ours for any audience. Never throws on a bad one. */
  async readAccessToken(token: string): Promise<ReadToken> {
    const cached = this.findVerified(token);
    if (cached) return this.judge(cached);
    if (token.length > MAX_TOKEN_LENGTH || !isCompact(token)) return { state: 'invalid' };
    const { generation } = this;
    const verified = await this.verifySignature(token);
    if (!verified) return { state: 'invalid' };
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
    if (claims.iat > now + 60) return { state: 'invalid' };
    return { state: claims.exp > now ? 'valid' : 'expired', claims };
  }

  private async verifySignature(token: string): Promise<Verified | null> {
    const keyOf = async ({ kid, alg }: JWTHeaderParameters) => (await this.verifierOf(kid, alg)).publicKey;
    try {
      const { payload, protectedHeader } = await jwtVerify(token, keyOf, {
        typ: ACCESS_TOKEN_TYPE,
        issuer: this.deps.issuer,
        algorithms: ['ES256', 'RS256', 'EdDSA'],
        requiredClaims: ['sub', 'aud', 'exp', 'iat', 'jti', 'client_id'],
        // Expiry is judged on every reading, cached or not; here only the signature is proved.
        currentDate: new Date(0),
      });
      const claims = parseAccessClaims(payload);
      const { expiresAt } = await this.verifierOf(protectedHeader.kid, protectedHeader.alg);
      return claims && { token, claims, keyExpiresAt: expiresAt };
    } catch (error) {
      if (error instanceof joseErrors.JOSEError || error instanceof UntrustedKey) return null;
      throw error;
    }
  }

  /** The key that the header names, for its own algorithm only (RFC 8725 §3.1). */
  private async verifierOf(kid: string | undefined, alg: string | undefined): Promise<LoadedKey> {
    const key = kid === undefined ? null : await this.deps.signingKeys.findVerifier(kid);
    if (!key || key.algorithm !== alg) throw new UntrustedKey();
    return key;
  }
}

/** RFC 7515 §2: base64url without padding, spelled in its one way, so that one token has one text. */
function isCompact(token: string): boolean {
  const parts = token.split('.');
  return (
    parts.length === 3 && parts.every((part) => Buffer.from(part, 'base64url').toString('base64url') === part)
  );
}

class UntrustedKey extends Error {}
