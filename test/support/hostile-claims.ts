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

function shown(value: unknown): string {
  const text = value === undefined ? 'absent' : JSON.stringify(value);
  return `${text.slice(0, 60)} (${text.length})`;
}
