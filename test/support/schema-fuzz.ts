import {
  getNamedType,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  isLeafType,
  isListType,
  isNonNullType,
} from 'graphql';

/** A root field with the arguments it needs, which fit, and the places in them where something else can stand. */
export interface FuzzedField {
  /** `Type.field`. */
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Paths into the variables: every argument, every input field, every item. */
  readonly places: readonly (readonly string[])[];
}

/** Every root field of the schema. */
export function fuzzedFields(schema: GraphQLSchema): FuzzedField[] {
  const roots = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ] as const;
  return roots.flatMap(([kind, type]) =>
    Object.values(type?.getFields() ?? {}).map((field) => {
      const declared = field.args.map(({ name, type: of }) => `$${name}: ${String(of)}`).join(', ');
      const passed = field.args.map(({ name }) => `${name}: $${name}`).join(', ');
      const selection = isLeafType(getNamedType(field.type)) ? '' : ' { __typename }';
      const head = declared === '' ? kind : `${kind} (${declared})`;
      const call = passed === '' ? field.name : `${field.name}(${passed})`;
      return {
        name: `${type?.name}.${field.name}`,
        kind,
        query: `${head} { ${call}${selection} }`,
        variables: requiredOf(field.args),
        places: field.args.flatMap(({ name, type: of }) => placesIn(of, [name])),
      };
    }),
  );
}

/** The variables with another value at one place. */
export function withValueAt(
  variables: Readonly<Record<string, unknown>>,
  [first = '', ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const inner = variables[first] ?? {};
  if (rest.length === 0) return { ...variables, [first]: value };
  if (rest[0] === '0') return { ...variables, [first]: [value] };
  return { ...variables, [first]: withValueAt(inner as Record<string, unknown>, rest, value) };
}

/** Values that stand where something else belongs, and texts that break what handles them carelessly. */
export const hostileValues: readonly unknown[] = [
  {},
  { $ne: 1 },
  { $gt: '' },
  { toString: 'x' },
  { constructor: { prototype: { admin: true } } },
  [],
  [[]],
  [null],
  ['a', 'b'],
  [{ $ne: null }],
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 31,
  2 ** 53,
  '',
  ' ',
  '\u0000',
  'a\u0000b@example.com',
  '\u0001\u001b[31m\u007f\u0085',
  '\ud800',
  'x\udc00@example.com',
  '\uffff\ufffe',
  `a${'😀'.repeat(150)}`,
  'e\u0301'.repeat(300),
  '\u202eevil\u2066',
  'ｕｓｅｒ＠ｅｘａｍｐｌｅ．ｃｏｍ',
  'ﷺ'.repeat(100),
  '__proto__',
  'constructor',
  "' or '1'='1' --",
  '$1; drop table users; --',
  '"; select pg_sleep(10); --',
  'a@example.com\r\nBcc: b@example.com',
  '<script>alert(1)</script>{{7*7}}${7*7}',
  '../../../../etc/passwd%00',
  '%s%n%x',
  'NaN',
  '00000000-0000-0000-0000-000000000000',
  'FFFFFFFF-FFFF-7FFF-BFFF-FFFFFFFFFFFF',
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999Z',
  '+275760-09-13T00:00:00.000Z',
  '2026-02-31T25:61:61Z',
  '2026-01-01T00:00:00+24:00',
  'x'.repeat(30_000),
];

type Named = { readonly name: string; readonly type: GraphQLInputType };

/** Values that fit for whatever must be given; what may be left out is, so that it refuses nothing by itself. */
function requiredOf(members: readonly Named[]): Record<string, unknown> {
  const required = members.filter(({ type }) => isNonNullType(type));
  return Object.fromEntries(required.map((member) => [member.name, sample(member)]));
}

function sample({ name, type }: Named): unknown {
  if (isNonNullType(type)) return sample({ name, type: type.ofType });
  if (isListType(type)) return [sample({ name, type: type.ofType })];
  if (isEnumType(type)) return type.getValues()[0]?.name;
  if (isInputObjectType(type)) return requiredOf(Object.values(type.getFields()));
  return samplesByName[name] ?? samplesByType[type.name];
}

const samplesByName: Readonly<Record<string, unknown>> = {
  email: 'sample@example.com',
  password: 'a password of more than twelve',
};

const samplesByType: Readonly<Record<string, unknown>> = {
  String: 'sample',
  Int: 1,
  Boolean: true,
  UUID: '01a202c3-07a9-7021-85c4-2b595e456aff',
  DateTime: '2026-01-01T00:00:00.000Z',
  JSONObject: {},
};

function placesIn(type: GraphQLInputType, path: readonly string[]): (readonly string[])[] {
  if (isNonNullType(type)) return placesIn(type.ofType, path);
  if (isListType(type)) return [path, ...placesIn(type.ofType, [...path, '0'])];
  if (!isInputObjectType(type)) return [path];
  const fields = Object.values(type.getFields());
  return [path, ...fields.flatMap((field) => placesIn(field.type, [...path, field.name]))];
}
