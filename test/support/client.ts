import { createClient, type Client as SocketClient } from 'graphql-ws';
import { WebSocket } from 'ws';

/* oxlint-disable typescript/no-explicit-any -- an answer has the shape of the test's own query */
/** One GraphQL answer with everything a test may look at. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly data: Record<string, any> | null | undefined;
  readonly errors: readonly { message: string; path?: unknown[]; extensions: Record<string, any> }[];
  /** The code of the first error, or undefined. */
  readonly code: string | undefined;
}

const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) { __typename ... on LoginSucceeded {
    tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } user { id email } } } }`;

/** A frontend: real HTTP and real websockets against one server, with the tokens it was given. */
export class Client {
  accessToken: string | undefined;
  refreshToken: string | undefined;
  userId: string | undefined;

  constructor(readonly url: string) {}

  /** Sends one operation, with the access token when there is one. */
  async send(query: string, variables: object = {}, headers: Record<string, string> = {}): Promise<Answer> {
    const response = await this.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    });
    const text = await response.text();
    const body = text === '' ? {} : JSON.parse(text);
    const errors = body.errors ?? [];
    const code = errors[0]?.extensions?.code ?? body.code;
    return { status: response.status, headers: response.headers, data: body.data, errors, code };
  }

  /** A plain request with the access token when there is one. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.accessToken && !headers.has('authorization')) {
      headers.set('authorization', `Bearer ${this.accessToken}`);
    }
    return await fetch(this.url + path, { redirect: 'manual', ...init, headers });
  }

  /** Signs in and keeps the tokens. */
  async login(input: { email: string; password: string; audience?: string }): Promise<Answer> {
    const answer = await this.send(LOGIN, { input }, {});
    this.keep(answer.data?.['login']?.tokens);
    this.userId = answer.data?.['login']?.user?.id ?? this.userId;
    return answer;
  }

  /** Signs up. */
  async signUp(input: { email: string; password: string; username?: string }): Promise<Answer> {
    return await this.send('mutation S($input: SignUpInput!) { signUp(input: $input) { accepted } }', {
      input,
    });
  }

  /** Refreshes with the given token or the one it holds; keeps the answer only in the latter case. */
  async refresh(token?: string): Promise<Answer> {
    const answer = await this.send(
      `mutation R($input: RefreshSessionInput!) { refreshSession(input: $input) {
        tokens { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt } } }`,
      { input: { refreshToken: token ?? this.refreshToken } },
    );
    if (token === undefined) this.keep(answer.data?.['refreshSession']?.tokens);
    return answer;
  }

  /** A websocket client that presents the access token, or the given authorization. */
  socket(
    authorization: string | null = this.accessToken ? `Bearer ${this.accessToken}` : null,
  ): SocketClient {
    return createClient({
      url: `${this.url.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      lazy: true,
      connectionParams: authorization === null ? {} : { authorization },
    });
  }

  private keep(tokens: { accessToken: string; refreshToken: string } | undefined): void {
    this.accessToken = tokens?.accessToken ?? this.accessToken;
    this.refreshToken = tokens?.refreshToken ?? this.refreshToken;
  }
}
