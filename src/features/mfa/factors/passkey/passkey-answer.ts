import {
  type AuthenticationResponseJSON,
  type RegistrationResponseJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { decodeAttestationObject, decodeClientDataJSON, isoBase64URL } from '@simplewebauthn/server/helpers';
import type { Passkey } from './passkey.entity.js';

/** What a browser answered with, as JSON (WebAuthn §5.1): anything, until it has been judged. */
export type BrowserAnswer = Readonly<Record<string, unknown>>;

/** Which site an answer must have been made for. */
export interface RelyingParty {
  readonly rpId: string;
  readonly origins: readonly string[];
}

/** What must be right about an answer, besides its signature. */
export interface Expected extends RelyingParty {
  /** The challenge that was just used up. */
  readonly challenge: string;
}

/** A new credential, as the browser describes it. */
export type NewCredential = Pick<
  Passkey,
  'credentialId' | 'publicKey' | 'counter' | 'transports' | 'aaguid' | 'backupEligible' | 'userVerified'
>;

/** EdDSA, ES256, RS256 (RFC 9053, RFC 8812), the strongest first. */
export const ALGORITHMS: readonly number[] = [-8, -7, -257];

/** WebAuthn §5.8.4; what is not among them is no hint to any browser. */
const TRANSPORTS = ['ble', 'cable', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'];
/** WebAuthn §7.1 step 25: in bytes. */
const MAX_CREDENTIAL_ID = 1023;
const CREDENTIAL_ID = /^[\w-]{1,1364}$/;
/** An RSA key of 8,192 bits has fewer bytes; a longer one would only make every sign-in slow. */
const MAX_PUBLIC_KEY = 1100;
/** That of an authenticator that does not tell its model. */
const NO_MODEL = '00000000-0000-0000-0000-000000000000';

/** The challenge that an answer says it answers, or null when it says none that could be ours. */
export function challengeOf(answer: BrowserAnswer): string | null {
  const clientData = clientDataOf(answer);
  const challenge: unknown = clientData && Reflect.get(clientData, 'challenge');
  return typeof challenge === 'string' ? challenge : null;
}

/** The id of the credential that an answer was made with, or null. */
export function credentialIdOf({ id }: BrowserAnswer): string | null {
  return typeof id === 'string' && CREDENTIAL_ID.test(id) ? id : null;
}

/** Whom the authenticator says the credential is for, base64url; null when it does not say (WebAuthn §5.2.2). */
export function userHandleOf(answer: BrowserAnswer): string | null {
  const { response } = answer;
  const handle: unknown =
    typeof response === 'object' && response ? Reflect.get(response, 'userHandle') : null;
  return typeof handle === 'string' && handle !== '' ? handle : null;
}

/** What an authenticator knows an account by: random, and never an address (WebAuthn §14.6.1). Base64url. */
export function handleOf(userId: string): string {
  return Buffer.from(userId.replaceAll('-', ''), 'hex').toString('base64url');
}

/** Judges a registration (WebAuthn §7.1); null when anything about it is wrong. */
export async function readRegistration(
  answer: BrowserAnswer,
  { challenge, rpId, origins }: Expected,
): Promise<NewCredential | null> {
  if (isFromFrame(answer)) return null;
  try {
    const response = answer as unknown as RegistrationResponseJSON;
    if (!tellsNoModel(response)) return null;
    const { verified, registrationInfo: info } = await verifyRegistrationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: false,
      supportedAlgorithmIDs: [...ALGORITHMS],
    });
    if (!verified) return null;
    const { id, publicKey, counter } = info.credential;
    if (isoBase64URL.toBuffer(id).length > MAX_CREDENTIAL_ID || publicKey.length > MAX_PUBLIC_KEY)
      return null;
    return {
      credentialId: id,
      publicKey: isoBase64URL.fromBuffer(publicKey),
      counter,
      transports: transportsOf(info.credential.transports),
      aaguid: info.aaguid === NO_MODEL ? null : info.aaguid,
      backupEligible: info.credentialDeviceType === 'multiDevice',
      userVerified: info.userVerified,
    };
  } catch {
    // The library throws for whatever is malformed or wrong; which of them is nobody's business.
    return null;
  }
}

/** Judges an assertion (WebAuthn §7.2) but for the counter: what its authenticator says, or null. */
export async function readAssertion(
  answer: BrowserAnswer,
  passkey: Pick<Passkey, 'credentialId' | 'publicKey'>,
  { challenge, rpId, origins, verifiedUser }: Expected & { readonly verifiedUser: boolean },
): Promise<{ counter: number } | null> {
  if (isFromFrame(answer)) return null;
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: answer as unknown as AuthenticationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: verifiedUser,
      // The counter is judged by the statement that moves it: here, two at once would both be right.
      credential: {
        id: passkey.credentialId,
        publicKey: isoBase64URL.toBuffer(passkey.publicKey),
        counter: 0,
      },
    });
    return verified ? { counter: authenticationInfo.newCounter } : null;
  } catch {
    return null;
  }
}

/**
 * Whether it is what a browser that was asked for attestation `none` may hand on (WebAuthn §5.1.3): none, or one by the
 * credential's own key. Certificates have authenticators followed from site to site, and reading them has the library
 * ask servers that they name.
 */
function tellsNoModel({ response }: RegistrationResponseJSON): boolean {
  const attestation = decodeAttestationObject(isoBase64URL.toBuffer(response.attestationObject));
  const format = attestation.get('fmt');
  return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined);
}

/** Whether a page of another site had it made in a frame, where its user does not see whom they answer. */
function isFromFrame(answer: BrowserAnswer): boolean {
  const clientData = clientDataOf(answer);
  return clientData === null || Reflect.get(clientData, 'crossOrigin') === true;
}

function clientDataOf({ response }: BrowserAnswer): object | null {
  const text: unknown =
    typeof response === 'object' && response ? Reflect.get(response, 'clientDataJSON') : null;
  if (typeof text !== 'string') return null;
  try {
    const clientData: unknown = decodeClientDataJSON(text);
    return typeof clientData === 'object' ? clientData : null;
  } catch {
    return null;
  }
}

function transportsOf(named: readonly string[] | undefined): string[] {
  return Array.isArray(named) ? TRANSPORTS.filter((transport) => named.includes(transport)) : [];
}
