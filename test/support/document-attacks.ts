/** Documents that ask too much, each with the code that it is refused under. */
export interface DocumentAttack {
  readonly name: string;
  readonly query: string;
  readonly code: string;
  readonly operationName?: string;
  readonly variables?: Record<string, unknown>;
}

const guess = (n: number, email: string): string =>
  `login(input: { email: "${email}", password: "guess number ${n}" }) { __typename }`;
const times = <Item>(count: number, make: (n: number) => Item): Item[] =>
  Array.from({ length: count }, (_, n) => make(n));

/** So many fields of the viewer: no name too often, since graphql-js compares each with each of its name. */
function fields(count: number): string {
  const names = ['id', 'kind', 'email', 'roles', 'permissions'];
  return times(count, (n) => names[n % names.length]).join(' ');
}

/** Ways to guess many passwords of one account in one document. */
export function manyGuesses(email: string): DocumentAttack[] {
  const input = { email, password: 'guessed by variable' };
  return [
    {
      name: 'two aliases',
      query: `mutation { ${times(2, (n) => `a${n}: ${guess(n, email)}`).join(' ')} }`,
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'a hundred aliases',
      query: `mutation { ${times(100, (n) => `a${n}: ${guess(n, email)}`).join(' ')} }`,
      code: 'QUERY_TOO_MANY_ALIASES',
    },
    {
      name: 'ten fragments',
      query: `mutation { ${times(10, (n) => `...F${n}`).join(' ')} }
        ${times(10, (n) => `fragment F${n} on Mutation { a${n}: ${guess(n, email)} }`).join('\n')}`,
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'a fragment inside a fragment',
      query: `mutation { ...A } fragment A on Mutation { a: ${guess(1, email)} ...B }
        fragment B on Mutation { ... on Mutation { b: ${guess(2, email)} } }`,
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'inline fragments',
      query: `mutation { ${times(5, (n) => `... on Mutation { a${n}: ${guess(n, email)} }`).join(' ')} }`,
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'inline fragments that a directive would leave out',
      query: `mutation { a: ${guess(1, email)} ... @include(if: true) { b: ${guess(2, email)} } }`,
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'several operations',
      query: `mutation One { ${guess(1, email)} } mutation Two { ${guess(2, email)} }`,
      operationName: 'Two',
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'variables',
      query: `mutation ($a: LoginInput!, $b: LoginInput!) {
        a: login(input: $a) { __typename } b: login(input: $b) { __typename } }`,
      variables: { a: input, b: { ...input, password: 'and another guess' } },
      code: 'ONE_SENSITIVE_FIELD',
    },
    {
      name: 'another sensitive field beside it',
      query: `mutation { ${guess(1, email)} logout { ok } }`,
      code: 'ONE_SENSITIVE_FIELD',
    },
  ];
}

/** Documents that would cost too much to run, or to look at. */
export const costlyDocuments: readonly DocumentAttack[] = [
  {
    name: 'a depth of 60',
    query: `{ viewer ${'{ user '.repeat(60)}{ id }${' }'.repeat(60)} }`,
    code: 'QUERY_TOO_DEEP',
  },
  {
    name: 'a depth of 60 by fragments',
    query: `{ viewer { ...F0 } } ${times(60, (n) => `fragment F${n} on Viewer { user { ...F${n + 1} } }`).join(' ')}
      fragment F60 on Viewer { id }`,
    code: 'QUERY_TOO_DEEP',
  },
  {
    name: 'a bomb of fragments that double thirty times',
    query: `{ viewer { ...F0 } } ${times(30, (n) => `fragment F${n} on Viewer { ...F${n + 1} ...F${n + 1} }`).join(' ')}
      fragment F30 on Viewer { a: id }`,
    code: 'QUERY_TOO_MANY_ALIASES',
  },
  {
    name: 'sixteen aliases',
    query: `{ viewer { ${times(16, (n) => `a${n}: id`).join(' ')} } }`,
    code: 'QUERY_TOO_MANY_ALIASES',
  },
  {
    name: 'sixteen aliases over two fragments',
    query: `{ viewer { ...A ...B } } fragment A on Viewer { ${times(8, (n) => `a${n}: id`).join(' ')} }
      fragment B on Viewer { ${times(8, (n) => `b${n}: id`).join(' ')} }`,
    code: 'QUERY_TOO_MANY_ALIASES',
  },
  {
    name: 'eleven root fields',
    query: `{ ${'__typename '.repeat(11)} }`,
    code: 'QUERY_TOO_MANY_ROOT_FIELDS',
  },
  {
    name: '1,001 tokens',
    query: `{ viewer { ${fields(996)} } }`,
    code: 'QUERY_TOO_LARGE',
  },
  {
    name: 'five thousand aliases',
    query: `{ viewer { ${times(5000, (n) => `a${n}:id`).join(' ')} } }`,
    code: 'GRAPHQL_PARSE_FAILED',
  },
  {
    name: 'fragments in a circle',
    query: `{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
];

/** The most that each limit allows. */
export const largestAllowed: readonly { name: string; query: string }[] = [
  { name: 'fifteen aliases', query: `{ viewer { ${times(15, (n) => `a${n}: id`).join(' ')} } }` },
  { name: 'ten root fields', query: `{ ${'__typename '.repeat(10)} }` },
  { name: '996 tokens', query: `{ viewer { ${fields(990)} } }` },
];
