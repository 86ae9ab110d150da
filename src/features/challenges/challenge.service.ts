import { addSeconds, type Clock } from '../../kernel/clock.js';
import type { AuthError } from '../../kernel/errors.js';
import { isId, newId } from '../../kernel/id.js';
import { keyedFingerprint, sha256Hex } from '../../platform/crypto/fingerprint.js';
import type { Keyring } from '../../platform/crypto/keyring.js';
import { randomDigits, randomToken } from '../../platform/crypto/random.js';
import type { Statements } from '../../platform/database/statements.js';
import type { Unit } from '../../platform/database/unit.js';
import { Challenge, type ChallengeData, type ChallengeForm } from './challenge.entity.js';
import * as sql from './challenge-statements.js';
import { challengeErrors } from './challenges.contract.js';

/** What is to be proved, by whom, how and until when. */
export interface ChallengeRequest {
  /** What the secret is good for, e.g. `email_verification`. At any other purpose it finds nothing. */
  readonly purpose: string;
  /**
   * Whom it is for: at most 200 characters that end with the id of the user, if it is one, or null where nobody is
   * known yet. With a word before the id, it survives what revokes the challenges of the user at large.
   */
  readonly subject: string | null;
  readonly ttlSeconds: number;
  readonly form: ChallengeForm;
  /** How often a code may be guessed, or a token opened. */
  readonly maxAttempts?: number;
  /** Kept readable in the database: no secrets. */
  readonly data?: ChallengeData;
  /** Whether earlier challenges of the same purpose and subject die with this one. */
  readonly replaces?: boolean;
  /**
   * Instead of the subject, what must be the same for earlier challenges of the purpose to die with this one: where
   * the subject tells what nobody should learn from which of them die.
   */
  readonly slot?: string;
}

/** A row that looks like a challenge, of a secret that nobody ever learns. */
export type PlaceholderRequest = Pick<ChallengeRequest, 'purpose' | 'subject' | 'ttlSeconds'>;

/** The secret is shown here and never again. */
export interface IssuedChallenge {
  readonly id: string;
  readonly secret: string;
  readonly expiresAt: Date;
}

/** A secret as it came back. With `subject`, it must also have been issued for that subject. */
export interface TokenProof {
  readonly purpose: string;
  readonly secret: string;
  readonly subject?: string;
}

/** A code as it came back: it is good only for the challenge it was issued with. */
export interface CodeProof {
  readonly purpose: string;
  readonly id: string;
  readonly code: string;
  readonly subject?: string;
}

export interface ProvedChallenge<Data> {
  readonly id: string;
  readonly subject: string | null;
  readonly data: Data;
}

interface Deps {
  readonly statements: Statements;
  readonly clock: Clock;
  readonly keyring: Keyring;
}

const DEFAULT_ATTEMPTS = 5;
const CODE_DIGITS = 6;
/** Longer than any secret that was ever issued; longer input is not worth a hash. */
const MAX_SECRET_LENGTH = 100;
/** How long an expired challenge is kept, so that its owner reads "expired" and not "invalid". */
const KEPT_AFTER_EXPIRY_SECONDS = 86_400;

/**
 * Every single-use secret of the product: mailed links and codes, login tickets, OAuth state, invitations.
 * It keeps hashes only, and judges each secret in one statement that also counts and burns it, so that
 * parallel requests can neither use a secret twice nor guess more often than allowed. It does not limit how
 * many challenges are issued, nor wrong guesses over several challenges: that is the lockout's part.
 */
export class ChallengeService {
  private readonly alone: sql.Runner;

  constructor(private readonly deps: Deps) {
    this.alone = async (statement, values) => await deps.statements.run(statement, values);
  }

  /** Committed before this returns. Together with a mail that carries the secret, use `issueWithin`. */
  async issue(request: ChallengeRequest): Promise<IssuedChallenge> {
    return await this.write(this.alone, request);
  }

  /** As `issue`, within `unit`: the challenge exists if, and only if, what tells its owner of it does. */
  async issueWithin({ em }: Unit, request: ChallengeRequest): Promise<IssuedChallenge> {
    return await this.write(sql.runnerOf(em), request);
  }

  /**
   * Writes rows that nobody can prove, all in one statement when the unit is flushed: where a row less, or a statement
   * more, would tell what nobody should learn.
   */
  writePlaceholders({ em, now }: Unit, requests: readonly PlaceholderRequest[]): void {
    for (const { purpose, subject, ttlSeconds } of requests) {
      em.create(Challenge, {
        id: newId(),
        purpose,
        form: 'token',
        subject,
        slot: null,
        secretHash: tokenHash(purpose, randomToken()),
        attempts: 0,
        maxAttempts: DEFAULT_ATTEMPTS,
        data: {},
        expiresAt: addSeconds(now, ttlSeconds),
        consumedAt: null,
        createdAt: now,
      });
    }
  }

  /**
   * Proves and uses up a challenge, once. Throws CHALLENGE_INVALID, CHALLENGE_EXPIRED or, when its guesses
   * are used up, CHALLENGE_EXHAUSTED. The use is committed before this returns. `Data` is what the issuer of
   * that purpose put in.
   */
  async burn<Data extends ChallengeData = ChallengeData>(
    proof: TokenProof | CodeProof,
  ): Promise<ProvedChallenge<Data>> {
    const row =
      'code' in proof ? await this.burnCode(proof) : await this.useToken(this.alone, sql.burnToken, proof);
    return { ...row, data: row.data as Data };
  }

  /**
   * As `burn`, within `unit`: the token is used up if, and only if, what it was given for is done. Of many at once,
   * one goes on and the others, once it has committed, are refused. Not for codes, whose wrong guesses must stay
   * counted when the unit is undone.
   */
  async burnWithin<Data extends ChallengeData = ChallengeData>(
    { em }: Unit,
    proof: TokenProof,
  ): Promise<ProvedChallenge<Data>> {
    const row = await this.useToken(sql.runnerOf(em), sql.burnToken, proof);
    return { ...row, data: row.data as Data };
  }

  /**
   * Shows what a token stands for and counts one try against it, without using it up: for tickets that allow
   * several tries at a second step and are burnt by the right one. Throws as `burn` does.
   */
  async open<Data extends ChallengeData = ChallengeData>(proof: TokenProof): Promise<ProvedChallenge<Data>> {
    const row = await this.useToken(this.alone, sql.openToken, proof);
    return { ...row, data: row.data as Data };
  }

  /**
   * Shows what a token stands for, neither using it up nor counting: for what must be known before the secret is
   * burnt, such as whether a new password will do. 256 random bits are not guessed. Throws as `burn` does.
   */
  async peek<Data extends ChallengeData = ChallengeData>(proof: TokenProof): Promise<ProvedChallenge<Data>> {
    const row = await this.useToken(this.alone, sql.peekToken, proof);
    return { ...row, data: row.data as Data };
  }

  /** The id of the live challenge that has the slot, or null. Without one of its own, that is the subject. */
  async findId({ purpose, slot }: { purpose: string; slot: string }): Promise<string | null> {
    const values = [`${purpose} ${slot}`, this.deps.clock.now().toISOString()];
    const [row] = await this.deps.statements.run(sql.findSlot, values);
    return row?.id ?? null;
  }

  /** The slot of a code that was neither replaced nor revoked, or null: by it, guesses at several can be counted. */
  async slotOfCode({ purpose, id }: { purpose: string; id: string }): Promise<string | null> {
    if (!isId(id)) return null;
    const [row] = await this.deps.statements.run(sql.findSlotOfCode, [id, purpose]);
    return row?.slot.slice(purpose.length + 1) ?? null;
  }

  /** As `revokeFor`, within `unit`: together with what makes them worthless. With `issuedSince`, older ones stay. */
  async revokeWithin(
    { em }: Unit,
    { subject, purpose, issuedSince }: { subject: string; purpose?: string; issuedSince?: Date },
  ): Promise<void> {
    const chosen = {
      ...(purpose === undefined ? {} : { purpose }),
      ...(issuedSince === undefined ? {} : { createdAt: { $gte: issuedSince } }),
    };
    await em.nativeDelete(Challenge, { subject, ...chosen, consumedAt: null });
  }

  /** Puts other data into a challenge that is still good, within `unit`; whether there was one. */
  async amendWithin({ em, now }: Unit, id: string, data: ChallengeData): Promise<boolean> {
    const alive = { id, consumedAt: null, expiresAt: { $gt: now } };
    return (await em.nativeUpdate(Challenge, alive, { data })) > 0;
  }

  /** Makes the unused challenges of a subject worthless, of one purpose or of all; returns how many. */
  async revokeFor(target: { subject: string; purpose?: string }): Promise<number> {
    const rows = await this.deps.statements.run(sql.revokeChallenges, [
      target.subject,
      target.purpose ?? null,
    ]);
    return rows.length;
  }

  /** Deletes what has been dead for a day; returns how many. */
  async purge(): Promise<number> {
    const before = addSeconds(this.deps.clock.now(), -KEPT_AFTER_EXPIRY_SECONDS);
    const rows = await this.deps.statements.run(sql.purgeChallenges, [before.toISOString()]);
    return rows.length;
  }

  private async write(run: sql.Runner, request: ChallengeRequest): Promise<IssuedChallenge> {
    const id = newId();
    const secret = request.form === 'code' ? randomDigits(CODE_DIGITS) : randomToken();
    const now = this.deps.clock.now();
    const expiresAt = addSeconds(now, request.ttlSeconds);
    await run(sql.insertChallenge, [
      id,
      request.purpose,
      request.form,
      request.subject,
      slotOf(request),
      request.form === 'code' ? this.codeHash(id, secret) : tokenHash(request.purpose, secret),
      request.maxAttempts ?? DEFAULT_ATTEMPTS,
      JSON.stringify(request.data ?? {}),
      now.toISOString(),
      expiresAt.toISOString(),
    ]);
    return { id, secret, expiresAt };
  }

  private async useToken(
    run: sql.Runner,
    statement: typeof sql.burnToken,
    proof: TokenProof,
  ): Promise<ProvedChallenge<ChallengeData>> {
    const { purpose, secret, subject } = proof;
    if (secret.length > MAX_SECRET_LENGTH) throw challengeErrors.CHALLENGE_INVALID();
    const values = [
      tokenHash(purpose, secret),
      purpose,
      subject ?? null,
      this.deps.clock.now().toISOString(),
    ];
    const [row] = await run(statement, values);
    if (!row) throw refusalOf(await run(sql.explainToken, values));
    return row;
  }

  private async burnCode(proof: CodeProof): Promise<ProvedChallenge<ChallengeData>> {
    const { purpose, id, code, subject } = proof;
    if (!isId(id) || code.length > MAX_SECRET_LENGTH) throw challengeErrors.CHALLENGE_INVALID();
    const values = [id, purpose, subject ?? null, this.deps.clock.now().toISOString()];
    const hashes = this.deps.keyring.keyIds.map((keyId) => this.codeHash(id, code, keyId));
    const [row] = await this.deps.statements.run(sql.burnCode, [...values, hashes]);
    if (!row) throw refusalOf(await this.deps.statements.run(sql.explainCode, values));
    if (!row.burnt) throw challengeErrors.CHALLENGE_INVALID();
    return { id: row.id, subject: row.subject, data: row.data };
  }

  /** A million codes are tried in no time against a bare hash; without the key they cannot be tried at all. */
  private codeHash(id: string, code: string, keyId?: string): string {
    return keyedFingerprint(this.deps.keyring, 'challenge code', `${id}:${code}`, keyId);
  }
}

/** The purpose is part of what is hashed: even a mistake in a query could not mix two purposes up. */
function tokenHash(purpose: string, secret: string): string {
  return sha256Hex(`${purpose}:${secret}`);
}

function refusalOf([row]: readonly sql.RefusalRow[]): AuthError {
  if (!row || row.consumed) return challengeErrors.CHALLENGE_INVALID();
  return row.expired ? challengeErrors.CHALLENGE_EXPIRED() : challengeErrors.CHALLENGE_EXHAUSTED();
}

function slotOf({ purpose, subject, replaces = false, slot }: ChallengeRequest): string | null {
  if (slot !== undefined) return `${purpose} ${slot}`;
  if (!replaces) return null;
  if (subject === null) throw new Error(`A challenge for nobody cannot replace another (${purpose}).`);
  return `${purpose} ${subject}`;
}
