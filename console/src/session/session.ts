import { Refusal } from '../api/refusal';
import {
  type Credentials,
  type LoginOutcome,
  logIn,
  logOut,
  refreshTokens,
  type TokenPair,
} from './session-operations';

export type SessionState =
  | { kind: 'signed-out'; problem?: Error }
  | { kind: 'signed-in'; email: string; renewAt: number };

const retryMs = 10_000;
const onDemandMarginMs = 5_000;

/**
 * Who is signed in to the console. The tokens live in this object and nowhere else: closing or reloading the page
 * forgets them, and no script of a later page can read them from a storage.
 */
export class Session {
  #state: SessionState = { kind: 'signed-out' };
  #tokens: TokenPair | undefined;
  #renewal: Promise<void> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  readonly #listeners = new Set<() => void>();

  readonly state = (): SessionState => this.#state;

  /** Calls the listener after every sign-in, renewal and sign-out; returns the way to stop. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  async signIn(credentials: Credentials): Promise<LoginOutcome> {
    const outcome = await logIn(credentials);
    if (outcome.kind === 'signed-in') this.#hold(outcome.tokens, outcome.email);
    return outcome;
  }

  /** Asks the server to end the session; the tokens are forgotten whatever it answers. */
  async signOut(): Promise<void> {
    // Waits for a renewal under way, which would bring new tokens after the end, and renews a token too old to be
    // believed. Where that fails, the old pair has to do.
    await (this.#renewal ?? this.accessToken()).catch(() => undefined);
    const tokens = this.#tokens;
    if (!tokens) return;
    this.#release();
    await logOut(tokens).catch((problem: unknown) => this.#admitHalfSignOut(problem));
  }

  /** The token for the next request, renewed first where it is about to end; undefined when signed out. */
  async accessToken(): Promise<string | undefined> {
    if (this.#tokens && this.#tokens.expiresAt - Date.now() < onDemandMarginMs) await this.renew();
    return this.#tokens?.accessToken;
  }

  /** One renewal at a time: a refresh token may be used once, and a second use looks like theft. */
  renew(): Promise<void> {
    this.#renewal ??= this.#exchange().finally(() => {
      this.#renewal = undefined;
    });
    return this.#renewal;
  }

  async #exchange(): Promise<void> {
    if (!this.#tokens || this.#state.kind === 'signed-out') return;
    const { email } = this.#state;
    try {
      this.#hold(await refreshTokens(this.#tokens.refreshToken), email);
    } catch (problem) {
      if (!(problem instanceof Refusal && problem.isFinal)) throw problem;
      this.#release(problem);
    }
  }

  #hold(tokens: TokenPair, email: string): void {
    this.#tokens = tokens;
    this.#renewIn(tokens.renewAt - Date.now());
    this.#announce({ kind: 'signed-in', email, renewAt: tokens.renewAt });
  }

  #release(problem?: Error): void {
    clearTimeout(this.#timer);
    this.#tokens = undefined;
    this.#announce({ kind: 'signed-out', problem });
  }

  #admitHalfSignOut(cause: unknown): void {
    if (this.#tokens) return;
    const reason = cause instanceof Error ? cause.message : '';
    const problem = new Error(`You are signed out here, but the server did not end the session. ${reason}`);
    this.#announce({ kind: 'signed-out', problem });
  }

  #renewIn(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.renew().catch(() => this.#renewIn(retryMs));
    }, delayMs);
  }

  #announce(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
