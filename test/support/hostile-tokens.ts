import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { type Variation, wrongClaims, wrongTypes } from './hostile-claims.js';

/** A token that nothing of ours may accept. */
export interface HostileToken {
  readonly name: string;
  readonly token: string;
}

/** What the forger has: a genuine token, the published key, and (to try claims alone) the real signing key. */
export interface Forge {
  /** A token that is accepted everywhere. */
  readonly genuine: string;
  /** A genuine token of somebody else. */
  readonly foreign: string;
  /** The public JWK of the signing key. */
  readonly jwk: Readonly<Record<string, unknown>>;
  /** The same as PEM. */
  readonly pem: string;
  readonly signingKey: KeyObject;
}

type Json = Record<string, unknown>;

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const decode = (part: string | undefined): Json =>
  JSON.parse(Buffer.from(part ?? '', 'base64url').toString());

/** All hostile tokens, each with a name of its own. */
export function hostileTokens(forge: Forge): HostileToken[] {
  const parts = new Parts(forge);
  // To take away what the genuine token has not is no forgery.
  const claims = wrongClaims(parts.payload).filter((each) => isChange(parts.payload, each));
  const ours = [...wrongTypes(), ...claims].map((each) => parts.signByUs(each));
  return [
    ...unsigned(parts),
    ...byPublicKey(parts),
    ...byStranger(parts),
    ...tampered(parts),
    ...shapeless(parts),
    ...ours,
  ];
}

/** Signed by our own key, as if by somebody who can have anything signed. */
export function signedByUs(forge: Forge, variations: readonly Variation[]): HostileToken[] {
  const parts = new Parts(forge);
  return variations.map((each) => parts.signByUs(each));
}

function isChange(payload: Json, { claims = {} }: Variation): boolean {
  return Object.entries(claims).some(([name, value]) => value !== undefined || name in payload);
}

class Parts {
  readonly header: Json;
  readonly payload: Json;
  readonly signature: string;
  readonly foreignSignature: string;
  readonly stranger: { publicKey: KeyObject; privateKey: KeyObject };

  constructor(readonly forge: Forge) {
    const [header, payload, signature = ''] = forge.genuine.split('.');
    this.header = decode(header);
    this.payload = decode(payload);
    this.signature = signature;
    this.foreignSignature = forge.foreign.split('.')[2] ?? '';
    this.stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  }

  join(header: unknown, payload: unknown, signature: string): string {
    return `${encode(header)}.${encode(payload)}.${signature}`;
  }

  signByStranger(header: unknown, payload: unknown): string {
    const input = `${encode(header)}.${encode(payload)}`;
    const key = { key: this.stranger.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
  }

  signByUs({ name, header = {}, claims = {} }: Variation): HostileToken {
    const input = `${encode(merge(this.header, header))}.${encode(merge(this.payload, claims))}`;
    const key = { key: this.forge.signingKey, dsaEncoding: 'ieee-p1363' } as const;
    return { name, token: `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}` };
  }
}

function merge(base: Json, change: Json): Json {
  return { ...base, ...change };
}

function unsigned(parts: Parts): HostileToken[] {
  const algorithms = ['none', 'None', 'NONE', 'nOnE', ' none', ''];
  const signatures = { nothing: '', 'the old signature': parts.signature, 'a letter': 'x' };
  return algorithms.flatMap((alg) =>
    Object.entries(signatures).flatMap(([what, signature]) => [
      {
        name: `alg "${alg}" with ${what}`,
        token: parts.join({ ...parts.header, alg }, parts.payload, signature),
      },
      {
        name: `alg "${alg}" with ${what} and no kid`,
        token: parts.join({ typ: 'at+jwt', alg }, parts.payload, signature),
      },
    ]),
  );
}

/** RS→HS confusion: the published key, in each of its forms, taken as a shared secret (CVE-2023-48223). */
function byPublicKey(parts: Parts): HostileToken[] {
  const { pem, jwk } = parts.forge;
  const secrets: Record<string, string | Buffer> = {
    'the PEM': pem,
    'the PEM without its last line break': pem.trimEnd(),
    'the PEM after a space': ` ${pem}`,
    'the DER': Buffer.from(pem.split('\n').slice(1, -2).join(''), 'base64'),
    'the JWK': JSON.stringify(jwk),
    'its x': String(jwk['x']),
    'the bytes of its x': Buffer.from(String(jwk['x']), 'base64url'),
    'its kid': String(jwk['kid']),
    'an empty secret': '',
    'a common secret': 'secret',
  };
  return Object.entries(secrets).flatMap(([what, secret]) =>
    [256, 384, 512].map((bits) => {
      const input = `${encode({ ...parts.header, alg: `HS${bits}` })}.${encode(parts.payload)}`;
      const mac = createHmac(`sha${bits}`, secret).update(input).digest('base64url');
      return { name: `HS${bits} by ${what}`, token: `${input}.${mac}` };
    }),
  );
}

/** Signed well, by a key of the forger's own that the header points at in every way there is. */
function byStranger(parts: Parts): HostileToken[] {
  const jwk = { ...parts.stranger.publicKey.export({ format: 'jwk' }), kid: 'mine', alg: 'ES256' };
  const elsewhere = 'https://attacker.example/keys';
  const kids: unknown[] = [
    parts.header['kid'],
    undefined,
    null,
    '',
    'mine',
    '../../../dev/null',
    "' or '1'='1",
    '__proto__',
    'constructor',
    7,
    ['mine'],
    { $ne: null },
    'k'.repeat(2_000),
    '00000000-0000-7000-8000-000000000000',
    `${String(parts.header['kid'])} `,
    String(parts.header['kid']).toUpperCase(),
  ];
  const pointers: Json[] = [
    { jwk },
    { jku: elsewhere },
    { x5u: elsewhere },
    { x5c: [parts.stranger.publicKey.export({ format: 'der', type: 'spki' }).toString('base64')] },
    { x5t: 'abc' },
    { crit: ['exp'] },
    { b64: false, crit: ['b64'] },
    { zip: 'DEF' },
    { iss: elsewhere },
  ];
  return [
    ...kids.map((kid) => ({ kid })),
    ...pointers.flatMap((pointer) => [pointer, { ...pointer, kid: undefined }, { ...pointer, kid: 'mine' }]),
    ...['ES384', 'RS256', 'PS256', 'EdDSA', 'ES256K', 'HS256', 'A128KW', 'dir', 5, null, ['ES256'], {}].map(
      (alg) => ({ alg }),
    ),
  ].map((change, n) => ({
    name: `by a stranger's key (${n}): ${JSON.stringify(change).slice(0, 60)}`,
    token: parts.signByStranger(merge(parts.header, change), parts.payload),
  }));
}

function tampered(parts: Parts): HostileToken[] {
  const { header, payload, signature } = parts;
  const bytes = Buffer.from(signature, 'base64url');
  const flipped = Buffer.from(bytes);
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  const signatures: Record<string, string> = {
    'no signature': '',
    'half a signature': bytes.subarray(0, 32).toString('base64url'),
    'a flipped bit': flipped.toString('base64url'),
    'zeros (CVE-2022-21449)': Buffer.alloc(64).toString('base64url'),
    'a byte too many': Buffer.concat([bytes, Buffer.from([0])]).toString('base64url'),
    "another token's signature": parts.foreignSignature,
    'padding, which base64url has not': `${signature}==`,
    'another spelling of the last bits':
      signature.slice(0, -1) + String.fromCharCode(signature.charCodeAt(signature.length - 1) + 1),
  };
  const claims: Record<string, Json> = {
    'another subject': { sub: '00000000-0000-7000-8000-000000000000' },
    'a later end': { exp: Number(payload['exp']) + 86_400 },
    'more rights': { scope: 'users:list', roles: ['system_admin'] },
    'another session': { sid: '00000000-0000-7000-8000-000000000000' },
  };
  return [
    ...Object.entries(signatures).map(([what, each]) => ({
      name: `genuine but for ${what}`,
      token: parts.join(header, payload, each),
    })),
    ...Object.entries(claims).map(([what, change]) => ({
      name: `genuine but with ${what}`,
      token: parts.join(header, { ...payload, ...change }, signature),
    })),
    { name: 'genuine but for its kid', token: parts.join({ ...header, kid: 'x' }, payload, signature) },
  ];
}

/** Texts that are hardly tokens at all. */
function shapeless(parts: Parts): HostileToken[] {
  const { genuine } = parts.forge;
  const [header = '', payload = '', signature = ''] = genuine.split('.');
  return [
    '.',
    '..',
    '...',
    'a',
    'a.b',
    'a.b.c',
    `${header}.${payload}`,
    `${header}..${signature}`,
    `.${payload}.${signature}`,
    `${genuine}.`,
    `.${genuine}`,
    `${genuine}.x`,
    `${genuine}.x.y`,
    `${genuine}${genuine}`,
    `${header}.${payload}.${signature}.${signature}`,
    `${encode('null')}.${payload}.${signature}`,
    `${encode('[]')}.${payload}.${signature}`,
    `${encode('{')}.${payload}.${signature}`,
    `${header}.${encode('null')}.${signature}`,
    `${header}.${encode('[]')}.${signature}`,
    `${header}.${encode('"x"')}.${signature}`,
    `${encode('{"alg":"none","alg":"ES256"}')}.${payload}.${signature}`,
    `${encode('{"__proto__":{"alg":"none"}}')}.${payload}.`,
    genuine.toLowerCase(),
    genuine.slice(1),
    genuine.slice(0, -1),
    'x'.repeat(12_000),
    `lkr_${'a'.repeat(43)}`,
    `lks_${'a'.repeat(43)}`,
  ].map((token, n) => ({ name: `shape ${n}: ${token.slice(0, 30)}`, token }));
}
