import { z } from 'zod';
import { isId } from '../../kernel/id.js';

/** The `typ` of an access token (RFC 9068 §2.1); no other token of ours is a JWT under the published keys. */
export const ACCESS_TOKEN_TYPE = 'at+jwt';

const seconds = z.number().int().nonnegative();
const id = z.string().refine(isId);

const accessClaims = z.object({
  iss: z.string(),
  sub: id,
  aud: z.string(),
  exp: seconds,
  iat: seconds,
  jti: z.string(),
  client_id: z.string(),
  sid: id,
  auth_time: seconds,
  amr: z.array(z.string()),
  acr: z.string(),
  scope: z.string(),
  roles: z.array(z.string()),
});

/** The claims of an access token: those of RFC 9068 §2.2, and the session it belongs to. */
export type AccessClaims = z.infer<typeof accessClaims>;

/** The claims, or null when the payload is not that of an access token of ours. */
export function parseAccessClaims(payload: unknown): AccessClaims | null {
  const parsed = accessClaims.safeParse(payload);
  return parsed.success ? parsed.data : null;
}
