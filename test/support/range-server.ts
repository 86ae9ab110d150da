import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a request brought along, as it came over the wire. */
export interface SeenRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
}

/** A server that speaks the range API of Have I Been Pwned, on the loopback interface. */
export interface RangeServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** From now on answers with this body, or as this function does. */
  answerWith(answer: string | ((request: IncomingMessage, response: ServerResponse) => void)): void;
  close(): Promise<void>;
}

/** The upper-case SHA-1 of a password, in the two parts into which it is split. */
export function sha1Of(password: string): { prefix: string; suffix: string } {
  const hash = createHash('sha1').update(password).digest('hex').toUpperCase();
  return { prefix: hash.slice(0, 5), suffix: hash.slice(5) };
}

/** A line of an answer that names a password so many people had; padding names nobody's. */
export function lineFor(password: string, count = 1): string {
  return `${sha1Of(password).suffix}:${count}`;
}

/** Lines of other passwords. */
export function otherLines(count: number): string[] {
  return Array.from({ length: count }, (_, index) => lineFor(`another password ${index}`, index + 1));
}

/** Starts a range server that knows of a few passwords nobody uses here. */
export async function startRangeServer(): Promise<RangeServer> {
  const seen: SeenRequest[] = [];
  let answer: Parameters<RangeServer['answerWith']>[0] = otherLines(3).join('\r\n');
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, headers });
    if (typeof answer === 'function') answer(request, response);
    else response.end(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answerWith: (next) => {
      answer = next;
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
