import type { Caller } from '../../kernel/caller.js';
import { AuthError } from '../../kernel/errors.js';
import type { Asker } from './asker.service.js';
import type { Inactive } from './introspection.service.js';

/** The facts of an action token, which is used up by the answer. */
export interface ActiveAction {
  readonly active: true;
  readonly token_type: 'action';
  readonly principal_type: 'user';
  readonly iss: string;
  readonly sub: string;
  readonly aud: string;
  readonly exp: number;
  readonly sid: string;
  readonly action: string;
  /** When the user gave the proof for it, in seconds since the epoch, and how (RFC 8176). */
  readonly auth_time: number;
  readonly amr: readonly string[];
}

/** What an action token has to be good for; null where the asker does not say, and reads it in the answer. */
export interface ExpectedAction {
  readonly action: string | null;
  readonly sessionId: string | null;
}

/** Who knows action tokens. */
interface ActionTokens {
  recognises(token: string): boolean;
  /** Throws ACTION_TOKEN_INVALID. */
  burn(
    caller: Caller,
    token: string,
    expected: ExpectedAction & { readonly audiences: readonly string[] },
  ): Promise<
    Pick<ActiveAction, 'action' | 'sid' | 'exp' | 'amr'> & {
      readonly audience: string;
      readonly subject: string;
      readonly authTime: number;
    }
  >;
}

interface Deps {
  readonly actionTokens: ActionTokens;
  readonly issuer: string;
}

/** Answers for action tokens, to service accounts that own their audience. */
export class ActionIntrospectionService {
  constructor(private readonly deps: Deps) {}

  /** Whether it has the shape of an action token. */
  recognises(token: string): boolean {
    return this.deps.actionTokens.recognises(token);
  }

  /** Uses the token up; one that is not good for what is expected stays as it is. */
  async introspect(
    asker: Asker,
    token: string,
    { requestId, ...expected }: ExpectedAction & { readonly requestId: string },
  ): Promise<ActiveAction | Inactive> {
    const nowhere = { ip: null, userAgent: null, place: null, deviceId: null };
    const caller: Caller = { principal: asker, ...nowhere, requestId };
    try {
      const burnt = await this.deps.actionTokens.burn(caller, token, {
        ...expected,
        audiences: asker.audiences,
      });
      const { action, audience: aud, subject: sub, sid, exp, authTime: auth_time, amr } = burnt;
      const kind = { active: true, token_type: 'action', principal_type: 'user' } as const;
      return { ...kind, iss: this.deps.issuer, sub, aud, exp, sid, action, auth_time, amr };
    } catch (error) {
      if (error instanceof AuthError && error.code === 'ACTION_TOKEN_INVALID') return { active: false };
      throw error;
    }
  }
}
