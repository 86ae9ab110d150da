import type { KeyObject } from 'node:crypto';
import type { JWK } from 'jose';
import { type Caller, systemCaller } from '../../kernel/caller.js';
import { addSeconds, type Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { Encryption } from '../../platform/crypto/encryption.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { generateJwkPair, importPrivateKey, importPublicKey } from './key-pair.js';
import { SigningKey, type SigningAlgorithm } from './signing-key.entity.js';
import { signingKeyErrors, signingKeyRotated } from './signing-keys.contract.js';

/** How long keys read from the database are used while the feed is not current. */
const STALE_AFTER_MS = 500;
/** How long they are used while it is: a process that starts may replace the waiting key, which no event tells. */
const REREAD_AFTER_MS = 20_000;
/** An unknown `kid` causes at most one read of the database in this time, however many tokens carry one. */
const UNKNOWN_KID_PAUSE_MS = 1_000;
const PRIVATE_KEY = { purpose: 'signing-key', table: 'signing_keys', column: 'private_jwk_sealed' } as const;

export interface SigningSettings {
  readonly algorithm: SigningAlgorithm;
  /** After how many seconds the active key is rotated by itself; 0 never. */
  readonly rotationSeconds: number;
  /** How many seconds before its first signature a key must have been published. */
  readonly publishAheadSeconds: number;
}

/** A key as tokens need it. */
export interface LoadedKey {
  readonly kid: string;
  readonly algorithm: SigningAlgorithm;
  readonly publicKey: KeyObject;
  /** When it stops being trusted, or null while it signs or waits. */
  readonly expiresAt: Date | null;
}

interface KeySet {
  readonly loadedAt: number;
  readonly signer: LoadedKey & { readonly privateKey: KeyObject };
  readonly byKid: ReadonlyMap<string, LoadedKey>;
  readonly jwks: { readonly keys: readonly JWK[] };
}

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  readonly encryption: Encryption;
  readonly clock: Clock;
  readonly feed: EventFeed;
  readonly settings: SigningSettings;
  /** A key must verify for at least as long as a token it signed may live. */
  readonly tokenTtlSeconds: number;
}

/**
 * Owns the issuer's keys: which one signs, which ones verify, and their rotation. A key is published before
 * it signs and stays published until the last token it signed has expired.
 */
export class SigningKeyService {
  private keys: KeySet | undefined;
  private generation = 0;
  private unknownKidAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly deps: Deps) {
    deps.feed.on(signingKeyRotated.name, () => this.forget());
    deps.feed.onGap(() => this.forget());
  }

  /** The key that signs now. */
  async signer(): Promise<KeySet['signer']> {
    return (await this.load()).signer;
  }

  /** The key of that id if it is still trusted, or null. */
  async findVerifier(kid: string): Promise<LoadedKey | null> {
    const known = (await this.load()).byKid.get(kid) ?? (await this.reloadFor(kid));
    if (!known) return null;
    return isOver(known, this.deps.clock.now()) ? null : known;
  }

  /** The public keys, signing and next first (RFC 7517 §5). */
  async jwks(): Promise<KeySet['jwks']> {
    const { jwks, byKid } = await this.load();
    const now = this.deps.clock.now();
    const published = ({ kid = '' }: JWK): boolean => !isOver(byKid.get(kid), now);
    return jwks.keys.every(published) ? jwks : { keys: jwks.keys.filter(published) };
  }

  /** All keys that are still published, newest first. */
  async list(): Promise<SigningKey[]> {
    const published = { $or: [{ expiresAt: null }, { expiresAt: { $gt: this.deps.clock.now() } }] };
    return await this.deps.em.fork().find(SigningKey, published, { orderBy: { id: 'desc' } });
  }

  /** Makes the first active and next key when there are none. Safe to run in many processes at once. */
  async ensureKeys(): Promise<void> {
    const usable = (key: SigningKey): boolean =>
      isNext(key) && key.algorithm === this.deps.settings.algorithm;
    const held = await this.list();
    if (held.some(isActive) && held.some(usable)) return;
    const [first, second] = [await this.draft(), await this.draft()];
    await this.deps.unitOfWork.run(async (unit) => {
      const keys = await lockKeys(unit);
      const active = keys.some(isActive);
      if (!active) unit.em.create(SigningKey, { ...first, status: 'active', activatedAt: unit.now });
      if (keys.some(usable)) return;
      // After a change of AUTH_SIGNING_ALGORITHM the waiting key is replaced; the next rotation switches.
      for (const outdated of keys.filter(isNext)) unit.em.remove(outdated);
      await unit.em.flush();
      unit.em.create(SigningKey, second);
    });
    this.forget();
  }

  /**
   * Lets the next key sign and keeps the old one verifying for `overlapSeconds` (default: the life of a
   * token). With 0 the old key, and every token it signed, is dead at once: the answer to a leaked key.
   */
  async rotate(caller: Caller, overlapSeconds = this.deps.tokenTtlSeconds): Promise<SigningKey> {
    const draft = await this.draft();
    const active = await this.deps.unitOfWork.run(async (unit) => {
      const keys = await lockKeys(unit);
      const previous = keys.find(isActive);
      const next = keys.find(isNext);
      if (!previous || !next) throw new Error('There is no active and no next signing key.');
      if (overlapSeconds > 0) this.assertPublishedLongEnough(next, unit.now);
      await retire(unit, previous, addSeconds(unit.now, overlapSeconds));
      next.status = 'active';
      next.activatedAt = unit.now;
      await unit.em.flush();
      unit.em.create(SigningKey, draft);
      unit.emit(signingKeyRotated, {
        caller,
        subject: { type: 'signing_key', id: next.id },
        userId: null,
        payload: { previousKid: previous.id, kid: next.id, overlapSeconds },
      });
      return next;
    });
    this.forget();
    return active;
  }

  /** Rotates when the active key is old enough, and removes keys whose time is over. */
  async keepFresh(): Promise<void> {
    const now = this.deps.clock.now();
    await this.deps.unitOfWork.run(async ({ em }) => {
      await em.nativeDelete(SigningKey, { status: 'retiring', expiresAt: { $lte: now } });
    });
    const active = (await this.list()).find(isActive);
    const { rotationSeconds } = this.deps.settings;
    if (!active?.activatedAt || rotationSeconds === 0) return;
    if (addSeconds(active.activatedAt, rotationSeconds) <= now)
      await this.rotate(systemCaller('rotate-signing-keys'));
  }

  private assertPublishedLongEnough(next: SigningKey, now: Date): void {
    const readyAt = addSeconds(next.createdAt, this.deps.settings.publishAheadSeconds);
    const wait = Math.ceil((readyAt.getTime() - now.getTime()) / 1000);
    if (wait > 0) throw signingKeyErrors.SIGNING_KEY_TOO_FRESH({ retryAfter: wait });
  }

  private async draft() {
    const { algorithm } = this.deps.settings;
    const id = newId();
    const { publicJwk, privateJwk } = await generateJwkPair(algorithm, id);
    return {
      id,
      algorithm,
      status: 'next' as const,
      publicJwk,
      privateJwkSealed: this.deps.encryption.seal(JSON.stringify(privateJwk), { ...PRIVATE_KEY, row: id }),
      createdAt: this.deps.clock.now(),
      activatedAt: null,
      expiresAt: null,
    };
  }

  private forget(): void {
    this.generation += 1;
    this.keys = undefined;
  }

  private async reloadFor(kid: string) {
    const now = performance.now();
    if (now - this.unknownKidAt < UNKNOWN_KID_PAUSE_MS) return undefined;
    this.unknownKidAt = now;
    this.forget();
    return (await this.load()).byKid.get(kid);
  }

  private async load(): Promise<KeySet> {
    const held = this.keys;
    const usableForMs = this.deps.feed.isCurrent() ? REREAD_AFTER_MS : STALE_AFTER_MS;
    if (held && performance.now() - held.loadedAt < usableForMs) return held;
    const loadedAt = performance.now();
    const { generation } = this;
    const rows = await this.list();
    const active = rows.find(isActive);
    if (!active) throw new Error('There is no active signing key.');
    const privateJwk = JSON.parse(
      this.deps.encryption.open(active.privateJwkSealed, { ...PRIVATE_KEY, row: active.id }),
    ) as JWK;
    const byKid = new Map(
      rows.map(({ id, algorithm, publicJwk, expiresAt }) => {
        const publicKey = importPublicKey(publicJwk, algorithm);
        return [id, { kid: id, algorithm, publicKey, expiresAt }] as const;
      }),
    );
    const verifier = byKid.get(active.id);
    if (!verifier) throw new Error('The active signing key is not among the verifying ones.');
    const signer = { ...verifier, privateKey: importPrivateKey(privateJwk, active.algorithm) };
    const keys = { loadedAt, signer, byKid, jwks: { keys: rows.map(({ publicJwk }) => publicJwk) } };
    // Read while a rotation was announced: good for this call, not to be kept.
    if (generation === this.generation) this.keys = keys;
    return keys;
  }
}

function isOver(key: { readonly expiresAt: Date | null } | undefined, now: Date): boolean {
  return key?.expiresAt != null && key.expiresAt <= now;
}

function isActive(key: SigningKey): boolean {
  return key.status === 'active';
}

function isNext(key: SigningKey): boolean {
  return key.status === 'next';
}

/** The published keys, locked, so that two rotations follow each other. */
async function lockKeys({ em }: Unit): Promise<SigningKey[]> {
  await em.execute('lock table signing_keys in share row exclusive mode');
  return await em.find(SigningKey, {});
}

async function retire({ em, now }: Unit, key: SigningKey, expiresAt: Date): Promise<void> {
  if (expiresAt <= now) em.remove(key);
  else Object.assign(key, { status: 'retiring', expiresAt });
  await em.flush();
}
