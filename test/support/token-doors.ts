import type { TestApp } from './app.js';
import { RawSocket } from './raw-socket.js';

/** What says that a door has taken a credential, or has failed over it. */
export const TAKEN_OR_FAILED = /^5|^200 $|"active":true|connected|INTERNAL/;

/** The doors at which a token is shown; each answers in words of its own. */
export interface TokenDoors {
  /** `200 `, or the status and the `error` of the challenge. */
  validate(token: string): Promise<string>;
  /** The status and the whole body. */
  introspect(token: string): Promise<string>;
  /** `200 `, or the status and the code. */
  askViewer(token: string): Promise<string>;
  /** `connected`, or the code and the reason with which the socket was closed. */
  connect(token: string): Promise<string>;
}

/** The doors of a server; `asker` is the header of a service account that may introspect. */
export function tokenDoors(app: Pick<TestApp, 'url' | 'client'>, asker: string): TokenDoors {
  return {
    validate: async (token) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await app.client().fetch('/auth/validate', { headers });
      const [, error = ''] = /error="(\w+)"/.exec(response.headers.get('www-authenticate') ?? '') ?? [];
      return `${response.status} ${error}`;
    },
    introspect: async (token) => {
      const body = new URLSearchParams({ token });
      const init = { method: 'POST', headers: { authorization: asker }, body };
      const response = await app.client().fetch('/auth/introspect', init);
      return `${response.status} ${await response.text()}`;
    },
    askViewer: async (token) => {
      const answer = await app.client().send('{ viewer { id } }', {}, { authorization: `Bearer ${token}` });
      return `${answer.status} ${answer.code ?? ''}`;
    },
    connect: async (token) => await connect(app.url, token),
  };
}

async function connect(url: string, token: string): Promise<string> {
  const raw = await RawSocket.connect(url);
  raw.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  const acknowledged = raw
    .next(({ type }) => type === 'connection_ack')
    .then(
      () => 'connected',
      () => 'closed',
    );
  const outcome = await Promise.race([acknowledged, raw.closed]);
  raw.close();
  if (typeof outcome === 'string' && outcome === 'connected') return outcome;
  const { code, reason } = await raw.closed;
  return `${code} ${reason}`;
}
