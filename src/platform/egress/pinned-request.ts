import { isIP, type LookupFunction } from 'node:net';
import { Client, type Dispatcher } from 'undici';
import { EgressError } from './egress-error.js';

/** What is sent, as fetch takes it; `redirect` is accepted and means `manual` whatever it says. */
export interface SafeFetchInit {
  readonly method?: string;
  readonly headers?: ConstructorParameters<typeof Headers>[0];
  readonly body?: ConstructorParameters<typeof Response>[0];
  readonly signal?: AbortSignal | null;
  readonly redirect?: string;
}

export interface PinnedRequest {
  readonly url: URL;
  /** The only addresses that are dialled, in this order. */
  readonly addresses: readonly string[];
  readonly signal: AbortSignal;
  /** Of the answer's body. */
  readonly maxBytes: number;
}

/**
 * Sends one request over a connection of its own to one of the given addresses, whatever the name resolves to
 * by now, and reads the whole answer. TLS still verifies the certificate against the name. Follows nothing.
 */
export async function sendPinned(request: PinnedRequest, init: SafeFetchInit): Promise<Response> {
  const { url, addresses, signal, maxBytes } = request;
  const client = new Client(url.origin, {
    connect: { lookup: pinned(addresses) },
    maxResponseSize: maxBytes,
    pipelining: 0,
  });
  try {
    const answer = await client.request({
      method: methodOf(init),
      path: `${url.pathname}${url.search}`,
      signal,
      ...(await contentOf(init)),
    });
    return await toResponse(answer);
  } finally {
    await client.destroy();
  }
}

function pinned(addresses: readonly string[]): LookupFunction {
  const all = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const [first] = all;
    if (options.all) callback(null, all);
    else callback(null, first?.address ?? '', first?.family);
  };
}

function methodOf({ method = 'GET' }: SafeFetchInit): Dispatcher.HttpMethod {
  const name = method.toUpperCase();
  const known = (['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const).find((verb) => verb === name);
  if (known === undefined) throw new EgressError('refused', 'This method may not be used.');
  return known;
}

// Response knows how fetch writes each kind of body, and under which Content-Type.
async function contentOf({ headers: init, body }: SafeFetchInit) {
  const headers = new Headers(init);
  if (body === null || body === undefined) return { headers: Object.fromEntries(headers), body: null };
  const written = new Response(body);
  const type = headers.get('content-type') ?? written.headers.get('content-type');
  if (type !== null) headers.set('content-type', type);
  return { headers: Object.fromEntries(headers), body: new Uint8Array(await written.arrayBuffer()) };
}

async function toResponse({ statusCode, headers: raw, body }: Dispatcher.ResponseData): Promise<Response> {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const item of [value ?? []].flat()) headers.append(name, item);
  }
  const bytes = await body.arrayBuffer();
  // Fetch §2.2.4: these never have a body, and Response insists.
  const bodyless = [204, 205, 304].includes(statusCode);
  return new Response(bodyless ? null : bytes, { status: statusCode, headers });
}
