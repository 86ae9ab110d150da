import { type Answer, Client } from './client.js';

/** The origin of the server's own pages in tests. */
export const OWN_ORIGIN = 'http://localhost:3000';

const LOGIN = `mutation Login($input: LoginInput!) {
  login(input: $input) { __typename ... on LoginSucceeded {
    csrfToken tokens { accessToken refreshToken } user { id email } } } }`;
const REFRESH = `mutation Refresh($input: RefreshSessionInput!) {
  refreshSession(input: $input) { csrfToken tokens { accessToken refreshToken } } }`;

/** A page in a browser: it keeps cookies, says where it is from and repeats the CSRF token that it was given. */
export class Browser extends Client {
  /** Name and value of every cookie; lifetimes are the test's business. */
  readonly cookies = new Map<string, string>();
  csrfToken: string | undefined;

  constructor(
    url: string,
    readonly origin: string | null = OWN_ORIGIN,
  ) {
    super(url);
  }

  /** The value of a cookie by the end of its name: `access`, `refresh`, `csrf` or `device`. */
  cookie(role: string): string | undefined {
    return [...this.cookies].find(([name]) => name.endsWith(`_${role}`))?.[1];
  }

  /** What becomes of a cookie whose time is over. */
  drop(role: string): void {
    for (const name of this.cookies.keys()) if (name.endsWith(`_${role}`)) this.cookies.delete(name);
  }

  override async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const own: Record<string, string | null | undefined> = {
      origin: this.origin,
      'x-csrf-token': this.csrfToken,
      cookie: [...this.cookies].map((pair) => pair.join('=')).join('; ') || null,
    };
    for (const [name, value] of Object.entries(own)) {
      if (value != null && !headers.has(name)) headers.set(name, value);
    }
    const response = await super.fetch(path, { ...init, headers });
    for (const line of response.headers.getSetCookie()) this.#keep(line);
    return response;
  }

  /** Signs in with cookies. */
  async signIn(input: { email: string; password: string; audience?: string }): Promise<Answer> {
    const answer = await this.send(LOGIN, { input: { ...input, transport: 'COOKIE' } });
    this.csrfToken = answer.data?.['login']?.csrfToken ?? this.csrfToken;
    this.userId = answer.data?.['login']?.user?.id ?? this.userId;
    return answer;
  }

  /** Refreshes with the cookie. */
  async renew(input: { audience?: string } = {}): Promise<Answer> {
    const answer = await this.send(REFRESH, { input });
    this.csrfToken = answer.data?.['refreshSession']?.csrfToken ?? this.csrfToken;
    return answer;
  }

  /** Signs out of the session of the cookies. */
  async signOut(): Promise<Answer> {
    return await this.send('mutation { logout { ok } }');
  }

  #keep(line: string): void {
    const pair = line.split(';', 1)[0] ?? '';
    const at = pair.indexOf('=');
    if (/; Max-Age=0(;|$)/.test(line)) this.cookies.delete(pair.slice(0, at));
    else this.cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
}
