import { z } from 'zod';
import { isId } from '../../kernel/id.js';

/** The `typ` of an access token (RFC 9068 §2.1); no other token of ours is a JWT under the published keys. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

const seconds = z.number().int().nonnegative();
const id = z.string().refine(isId);

/** What RFC 9068 §2.2 asks of every access token, and what it may do. */
const common = {
  iss: z.string(),
  sub: id,
  aud: z.string(),
  exp: seconds,
  iat: seconds,
  client_id: z.string(),
  scope: z.string(),
  roles: z.array(z.string()),
};

const userClaims = z.object({
  ...common,
  jti: z.string(),
  sid: id,
  auth_time: seconds,
  amr: z.array(z.string()),
  acr: z.string(),
});

/** Without a session: nobody signed in (RFC 9068 §2.2: `sub` is then the client). */
const machineClaims = z.strictObject({ ...common, jti: id });

/** The claims of a user's access token: those of RFC 9068 §2.2, and the session it belongs to. */
export type UserClaims = z.infer<typeof userClaims>;

/** The claims of a service account's access token (RFC 6749 §4.4). */
export type MachineClaims = z.infer<typeof machineClaims>;

export type AccessClaims = UserClaims | MachineClaims;

/** The claims, or null when the payload is not that of an access token of ours. */
export function parseAccessClaims(payload: object): AccessClaims | null {
  // One with a session is a user's or none at all: the strict schema of machines has no `sid`.
  const schema = 'sid' in payload ? userClaims : machineClaims;
  return schema.safeParse(payload).data ?? null;
}

/** Whether they are of a token with a user and a session behind it. */
export function isOfUser(claims: AccessClaims): claims is UserClaims {
  return 'sid' in claims;
}
