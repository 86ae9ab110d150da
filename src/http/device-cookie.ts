import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyReply } from 'fastify';
import { addSeconds, type Clock } from '../kernel/clock.js';
import { isId } from '../kernel/id.js';
import type { Secret } from '../kernel/secret.js';
import { signValue, verifyValue } from '../platform/crypto/signed-value.js';
import type { Cookies } from './cookies.js';

const PURPOSE = 'device cookie';
/** For so long after a sign-in a browser is recognised: 90 days. */
const MAX_AGE_SECONDS = 90 * 86_400;

interface Deps {
  readonly cookies: Cookies;
  readonly secrets: { readonly secret: Secret; readonly oldSecrets: readonly Secret[] };
  readonly clock: Clock;
}

/**
 * Recognises a browser from which somebody has signed in, by a signed cookie that lives 90 days. It proves
 * nobody: whoever holds it is spared other people's failed attempts on that account, and nothing else.
 */
export class DeviceCookie {
  constructor(private readonly deps: Deps) {}

  /** The device's id, or null when the cookie is missing, changed, expired or of another purpose. */
  read(headers: IncomingHttpHeaders): string | null {
    const { cookies, secrets, clock } = this.deps;
    const value = cookies.read(headers.cookie, 'device');
    if (value === null) return null;
    const accepted = [secrets.secret, ...secrets.oldSecrets];
    const payload = verifyValue(value, { secrets: accepted, purpose: PURPOSE, now: clock.now() });
    const id = typeof payload === 'object' ? payload?.['id'] : undefined;
    return typeof id === 'string' && isId(id) ? id : null;
  }

  /** Lets the browser be recognised as `id` for another 90 days. */
  set(reply: FastifyReply, id: string): void {
    const { cookies, secrets, clock } = this.deps;
    const expiresAt = addSeconds(clock.now(), MAX_AGE_SECONDS);
    const value = signValue({ id }, { secret: secrets.secret, purpose: PURPOSE, expiresAt });
    cookies.set(reply, 'device', value, MAX_AGE_SECONDS);
  }
}
