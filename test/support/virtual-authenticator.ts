import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isoCBOR } from '@simplewebauthn/server/helpers';

/** WebAuthn §6.1. */
export const FLAGS = { present: 1, verified: 4, backupEligible: 8, attested: 64 } as const;

/** What of an answer is to be other than an honest browser and authenticator would have it, and yet be signed. */
export interface Bent {
  readonly type?: string;
  readonly challenge?: string;
  readonly origin?: string;
  readonly crossOrigin?: boolean;
  readonly rpId?: string;
  /** Flags to clear. */
  readonly without?: number;
  readonly counter?: number;
  readonly userHandle?: string | null;
  /** The format of the attestation, and its statement (WebAuthn §6.5). */
  readonly attestation?: readonly [format: string, statement: ReadonlyMap<string, unknown>];
  /** The credential to use, whatever the options allow. */
  readonly credential?: Credential;
}

/** A key in the authenticator. */
export interface Credential {
  readonly id: string;
  readonly rpId: string;
  readonly userHandle: string;
  readonly privateKey: KeyObject;
  /** COSE (RFC 9052). */
  readonly publicKey: Uint8Array;
  counter: number;
}

/** Options as the server gives them: the parts that are used here. */
export interface CeremonyOptions {
  readonly challenge: string;
  readonly rp?: { readonly id: string };
  readonly rpId?: string;
  readonly user?: { readonly id: string };
  readonly allowCredentials?: readonly { readonly id: string }[];
  readonly excludeCredentials?: readonly { readonly id: string }[];
}

/** A browser's answer as JSON (WebAuthn §5.1). */
export interface CeremonyAnswer {
  readonly id: string;
  readonly rawId: string;
  readonly type: string;
  readonly clientExtensionResults: object;
  readonly response: Readonly<Record<string, unknown>>;
}

interface Traits {
  readonly origin: string;
  /** Whether it verifies its user, by a PIN or a finger. */
  readonly verifies: boolean;
  /** Whether its keys may be copied to other devices. */
  readonly copies: boolean;
  /** Whether it counts its signatures, or says 0 each time. */
  readonly counts: boolean;
}

/**
 * A browser with an authenticator in one, written from the standard and not from any library, so that tests can bend
 * exactly one thing.
 */
export class VirtualAuthenticator {
  readonly credentials: Credential[] = [];
  private readonly traits: Traits;

  constructor(traits: Partial<Traits> = {}) {
    const usual = { origin: 'http://localhost:3000', verifies: true, copies: false, counts: true };
    this.traits = { ...usual, ...traits };
  }

  /** `navigator.credentials.create`, with attestation `none` unless it is bent. */
  create(options: CeremonyOptions, bent: Bent = {}): CeremonyAnswer {
    const credential = bent.credential ?? this.make(options.rp?.id ?? '', options.user?.id ?? '');
    const [fmt, attStmt] = bent.attestation ?? ['none', new Map<string, unknown>()];
    const authData = new Uint8Array(this.attestedData(credential, bent));
    const attestation = new Map<string, unknown>(Object.entries({ fmt, attStmt, authData }));
    return this.answerOf(credential, {
      clientDataJSON: this.clientData('webauthn.create', options, bent),
      attestationObject: base64url(isoCBOR.encode(attestation as Parameters<typeof isoCBOR.encode>[0])),
      transports: ['internal'],
    });
  }

  /** `navigator.credentials.get`, with a credential that the options allow or, when they name none, the latest. */
  get(options: CeremonyOptions, bent: Bent = {}): CeremonyAnswer {
    const credential = bent.credential ?? this.choose(options);
    credential.counter += this.traits.counts ? 1 : 0;
    const authData = this.authenticatorData(credential, 0, bent);
    const clientDataJSON = this.clientData('webauthn.get', options, bent);
    const clientDataHash = sha256(Buffer.from(clientDataJSON, 'base64url'));
    const userHandle = bent.userHandle === undefined ? credential.userHandle : bent.userHandle;
    return this.answerOf(credential, {
      clientDataJSON,
      authenticatorData: base64url(authData),
      signature: base64url(sign('sha256', Buffer.concat([authData, clientDataHash]), credential.privateKey)),
      ...(userHandle === null ? {} : { userHandle }),
    });
  }

  private choose({ allowCredentials = [] }: CeremonyOptions): Credential {
    const allowed = allowCredentials.map(({ id }) => id);
    const found = this.credentials.findLast(({ id }) => allowed.length === 0 || allowed.includes(id));
    if (!found) throw new Error('The authenticator has none of these credentials.');
    return found;
  }

  private make(rpId: string, userHandle: string): Credential {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
    const bytes = (part: string) => new Uint8Array(Buffer.from(part, 'base64url'));
    // RFC 9053 §7.1.1: kty EC2, alg ES256, crv P-256, x, y.
    const key = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(x)],
      [-3, bytes(y)],
    ]);
    const credential = {
      id: base64url(randomBytes(16)),
      rpId,
      userHandle,
      privateKey,
      publicKey: isoCBOR.encode(key),
      counter: 0,
    };
    this.credentials.push(credential);
    return credential;
  }

  /** WebAuthn §6.5.1: the model, the id and the key, unless the flag that says they are there is cleared. */
  private attestedData(credential: Credential, bent: Bent): Buffer {
    const { without = 0 } = bent;
    const head = this.authenticatorData(credential, FLAGS.attested, bent);
    if ((without & FLAGS.attested) !== 0) return head;
    const id = Buffer.from(credential.id, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    return Buffer.concat([head, Buffer.alloc(16), length, id, credential.publicKey]);
  }

  private authenticatorData({ rpId, counter }: Credential, extra: number, bent: Bent): Buffer {
    const { verifies, copies } = this.traits;
    const flags =
      FLAGS.present | (verifies ? FLAGS.verified : 0) | (copies ? FLAGS.backupEligible : 0) | extra;
    const tail = Buffer.alloc(5);
    tail.writeUInt8(flags & ~(bent.without ?? 0), 0);
    tail.writeUInt32BE(bent.counter ?? counter, 1);
    return Buffer.concat([sha256(Buffer.from(bent.rpId ?? rpId)), tail]);
  }

  private clientData(type: string, { challenge }: CeremonyOptions, bent: Bent): string {
    const clientData = {
      type: bent.type ?? type,
      challenge: bent.challenge ?? challenge,
      origin: bent.origin ?? this.traits.origin,
      crossOrigin: bent.crossOrigin ?? false,
    };
    return base64url(Buffer.from(JSON.stringify(clientData)));
  }

  private answerOf({ id }: Credential, response: CeremonyAnswer['response']): CeremonyAnswer {
    return { id, rawId: id, type: 'public-key', clientExtensionResults: {}, response };
  }
}

/** The answer with one bit of a part of it turned, after it was signed. */
export function withBitTurned(
  answer: CeremonyAnswer,
  part: 'signature' | 'authenticatorData' | 'clientDataJSON' | 'attestationObject',
  { byte, bit = 1 }: { readonly byte: number; readonly bit?: number },
): CeremonyAnswer {
  const bytes = Buffer.from(String(answer.response[part]), 'base64url');
  const at = byte < 0 ? bytes.length + byte : byte;
  bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
  return { ...answer, response: { ...answer.response, [part]: base64url(bytes) } };
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
