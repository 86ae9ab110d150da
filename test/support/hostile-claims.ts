type Json = Record<string, unknown>;

/** A change to the genuine token; `undefined` takes a member away. */
export interface Variation {
  readonly name: string;
  readonly header?: Json;
  readonly claims?: Json;
}

/** Signed by our own key, as a token of another kind would be. */
export function wrongTypes(): Variation[] {
  const types = [
    'JWT',
    'jwt',
    'id_token',
    'logout+jwt',
    'refresh+jwt',
    'at',
    'at+jwt2',
    'dpop+jwt',
    '',
    ' at+jwt',
    null,
    5,
    ['at+jwt'],
    {},
  ];
  return [...types, undefined].map((typ) => ({ name: `typ ${JSON.stringify(typ)}`, header: { typ } }));
}

/** Signed by our own key: the claims alone decide. */
export function wrongClaims(payload: Json): Variation[] {
  const { iss, aud, exp } = payload as { iss: string; aud: string; exp: number };
  const now = Math.floor(Date.now() / 1000);
  const values: Record<string, unknown[]> = {
    iss: [
      undefined,
      null,
      '',
      'https://attacker.example',
      `${iss}/`,
      iss.toUpperCase(),
      [iss],
      { iss },
      1,
      `${iss}.attacker.example`,
    ],
    aud: [
      undefined,
      null,
      '',
      [],
      [aud],
      [aud, 'other'],
      { aud },
      1,
      'other',
      `${aud}/`,
      aud.slice(0, -1),
      aud.toUpperCase(),
    ],
    exp: [undefined, null, '', String(exp), 0, -1, now - 3_600, now - 120, 'tomorrow', [exp], {}, exp + 0.5],
    nbf: [now + 3_600, 'now', null, []],
    iat: [undefined, null, String(now), now + 86_400, now + 3_600, -1, []],
    sub: [undefined, null, '', 1, [], {}, '00000000-0000-7000-8000-000000000000'],
    sid: [undefined, null, '', 1, [], {}, '00000000-0000-7000-8000-000000000000', "x' or '1'='1", 'x\u0000'],
    jti: [undefined, null, 1, []],
    client_id: [undefined, null, 1, []],
    auth_time: [undefined, 'x', -1, null],
    amr: [undefined, 'pwd', [1], null],
    acr: [undefined, 1, null],
    scope: [undefined, ['users:list'], null],
    roles: [undefined, 'system_admin', null],
    padding: ['x'.repeat(6_500), 'x'.repeat(8_000)],
  };
  return Object.entries(values).flatMap(([claim, each]) =>
    each.map((value) => ({
      name: `${claim} ${shown(value)}`,
      claims: { [claim]: value },
    })),
  );
}

/** What only users' tokens have. */
const OF_USERS = ['sid', 'auth_time', 'amr', 'acr'] as const;

/** Claims of one kind of token among those of the other: `user` and `machine` are genuine, `others` of another account. */
export function mixedClaims({ user, machine, other }: Record<'user' | 'machine' | 'other', Json>): {
  readonly ofMachine: Variation[];
  readonly ofUser: Variation[];
} {
  const absent = Object.fromEntries(OF_USERS.map((name) => [name, undefined]));
  const theirs = Object.fromEntries(OF_USERS.map((name) => [name, user[name]]));
  const { sub: userId, sid, jti: userTokenId } = user;
  const { sub: accountId, client_id: clientId, jti: tokenId } = machine;
  return {
    ofMachine: [
      ...OF_USERS.map((name) => ({ name: `a machine’s with ${name}`, claims: { [name]: user[name] } })),
      { name: 'a machine’s with all that a session has', claims: theirs },
      { name: 'a machine’s of a user', claims: { sub: userId } },
      { name: 'a machine’s of a user, as client as well', claims: { sub: userId, client_id: userId } },
      { name: 'a machine’s under the id of a user’s token', claims: { jti: userTokenId } },
      { name: 'a machine’s under the id of a session', claims: { jti: sid } },
      { name: 'a machine’s under the id of another account’s token', claims: { jti: other['jti'] } },
      {
        name: 'a machine’s of another account',
        claims: { sub: other['sub'], client_id: other['client_id'] },
      },
      { name: 'a machine’s under an id that there is not', claims: { jti: NOBODY } },
      { name: 'a machine’s under its own account’s id', claims: { jti: accountId } },
      { name: 'a machine’s under its id in capitals and braces', claims: { jti: `{${String(tokenId)}}` } },
      ...['', 'x', "' or '1'='1", '%', 'x\u0000', {}].map((jti) => ({
        name: `a machine’s under the id ${shown(jti)}`,
        claims: { jti },
      })),
      ...['act', 'may_act', 'cnf', 'permissions', 'kind', '__proto__x'].map((name) => ({
        name: `a machine’s with ${name}`,
        claims: { [name]: { sub: userId } },
      })),
    ],
    ofUser: [
      { name: 'a user’s without its session', claims: { sid: undefined } },
      { name: 'a user’s without all that a session has', claims: absent },
      { name: 'a user’s without a session, of a machine', claims: { ...absent, sub: accountId } },
      {
        name: 'a user’s without a session, as client as well',
        claims: { ...absent, sub: accountId, client_id: clientId },
      },
      {
        name: 'a user’s without a session, under the id of a machine’s',
        claims: { ...absent, jti: tokenId },
      },
      { name: 'a user’s of a machine', claims: { sub: accountId } },
      { name: 'a user’s whose session is a machine’s token', claims: { sid: tokenId } },
      { name: 'a user’s whose session is a machine', claims: { sid: accountId } },
    ],
  };
}

const NOBODY = '00000000-0000-7000-8000-000000000000';

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return `${text.slice(0, 60)} (${text.length})`;
}
