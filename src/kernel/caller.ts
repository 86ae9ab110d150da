import type { AuthError } from './errors.js';
import type { Lineage } from './lineage.js';

/** Nobody has proved anything. */
export interface AnonymousPrincipal {
  readonly kind: 'anonymous';
  /** Why the credential that the request carried was not accepted; absent when it carried none. */
  readonly refusal?: AuthError;
  /**
   * The session of a genuine access token that has expired, or came in a cookie without the CSRF token: it may be
   * ended, and nothing else.
   */
  readonly lapsedSessionId?: string;
}

/** A person, through one live session. */
export interface UserPrincipal {
  readonly kind: 'user';
  readonly id: string;
  readonly email: string;
  /** Whether the address is proved to be theirs. */
  readonly emailVerified: boolean;
  readonly sessionId: string;
  /** When the user last proved who they are, in seconds since the epoch (OpenID Connect Core §2 `auth_time`). */
  readonly authTime: number;
  /** How they proved it (RFC 8176). */
  readonly amr: readonly string[];
  /** The assurance level reached, `aal1` or `aal2` (NIST SP 800-63B). */
  readonly acr: string;
  /** `authTime` to the fraction, or null where the account has a second factor that this session has not proved. */
  readonly provedAt: number | null;
  /** Whether that was within AUTH_FRESH_AUTH_SECONDS, and by a second factor too where the account has one. */
  readonly fresh: boolean;
  /** When the credential itself expires, in seconds since the epoch. */
  readonly expiresAt: number;
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
}

/** A machine that authenticated with a credential of its service account. */
export interface ServiceAccountPrincipal {
  readonly kind: 'service_account';
  readonly id: string;
  readonly name: string;
  /** With whichever of these ends, the credential ends, in this order: the account, its secret, the token it came with. */
  readonly credentialIds: readonly string[];
  /** Whether it came with an access token in the place of its secret: it is handed around, and ends before what it makes. */
  readonly byAccessToken: boolean;
  /** Of the client secret that it came with, or that its access token was issued for. */
  readonly lineage: Lineage;
  /** When the credential expires, in seconds since the epoch, or null. */
  readonly expiresAt: number | null;
  /** The audiences that it owns: whose tokens it may see. */
  readonly audiences: readonly string[];
  readonly roles: readonly string[];
  readonly permissions: ReadonlySet<string>;
}

/** Whoever carries an API key: with a part of what its owner may do, and never the owner themself. */
export interface ApiKeyPrincipal {
  readonly kind: 'api_key';
  readonly id: string;
  readonly name: string;
  readonly owner: { readonly kind: 'user' | 'service_account'; readonly id: string };
  /** With whichever of these ends, the key ends: itself, and the service account that owns it. */
  readonly credentialIds: readonly string[];
  /** The audiences that its owner owns, if that is a service account. */
  readonly audiences: readonly string[];
  /** When the key expires, in seconds since the epoch, or null. */
  readonly expiresAt: number | null;
  /** None: its rights are permissions alone. */
  readonly roles: readonly string[];
  /** Those of its scopes that its owner holds at this moment. */
  readonly permissions: ReadonlySet<string>;
}

/** The product itself: start-up, jobs, the command line. */
export interface SystemPrincipal {
  readonly kind: 'system';
}

export type Principal =
  | AnonymousPrincipal
  | UserPrincipal
  | ServiceAccountPrincipal
  | ApiKeyPrincipal
  | SystemPrincipal;

/** Who is asking, and from where. The first parameter of everything done on somebody's behalf. */
export interface Caller {
  readonly principal: Principal;
  /** The client's address behind the trusted proxies, or null inside the process. */
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** Where that is, in the words of a trusted proxy (at most 100 characters); null where none tells. */
  readonly place: string | null;
  /** The id in the signed cookie that a browser got at an earlier sign-in, or null: nobody's proof of anything. */
  readonly deviceId: string | null;
  /** Ties log lines, errors and answers of one request together. */
  readonly requestId: string;
}

/** Who did it, as an audit row keeps it: no personal data. */
export interface Actor {
  readonly kind: Principal['kind'];
  /** The user or service account; of an API key, its owner: what they did with it is found where they are. */
  readonly id: string | null;
  /** The session, API key, client secret or access token of a machine it was done through, when there was one. */
  readonly sessionId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
}

export const anonymous: AnonymousPrincipal = { kind: 'anonymous' };

/** The caller of work that nobody outside asked for. */
export function systemCaller(requestId = 'system'): Caller {
  const nowhere = { ip: null, userAgent: null, place: null, deviceId: null };
  return { principal: { kind: 'system' }, ...nowhere, requestId };
}

/** What the audit trail keeps of a caller. */
export function actorOf(caller: Caller): Actor {
  const { principal, ip, userAgent } = caller;
  return { kind: principal.kind, ...whoOf(principal), ip, userAgent };
}

function whoOf(principal: Principal): Pick<Actor, 'id' | 'sessionId'> {
  if (principal.kind === 'user') return { id: principal.id, sessionId: principal.sessionId };
  if (principal.kind === 'api_key') return { id: principal.owner.id, sessionId: principal.id };
  if (principal.kind !== 'service_account') return { id: null, sessionId: null };
  // The token where there is one, else the secret.
  const [, secretId = null, tokenId = secretId] = principal.credentialIds;
  return { id: principal.id, sessionId: tokenId };
}

/**
 * Whether it is that user, or an API key of theirs: what nobody may do to their own account in passing, their keys may
 * not do either.
 */
export function actsFor(principal: Principal, userId: string): boolean {
  if (principal.kind === 'api_key') return principal.owner.kind === 'user' && principal.owner.id === userId;
  return principal.kind === 'user' && principal.id === userId;
}

/** Whether the principal holds the permission. The system holds all, an anonymous caller none. */
export function hasPermission(principal: Principal, permission: string): boolean {
  if (principal.kind === 'system') return true;
  if (principal.kind === 'anonymous') return false;
  return principal.permissions.has(permission);
}
