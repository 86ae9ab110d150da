import { buildSchema, execute, type GraphQLError, parse, validate } from 'graphql';
import { expect, test } from 'vitest';
import { messageWithoutValues } from '../../../src/graphql/message-without-values.js';

const SECRET = 'hunter2-hunter2';
const schema = buildSchema(`
  type Query { login(input: I!, status: S): Int }
  enum S { ON }
  input I { password: String!, list: [Int!], nested: I }
`);
const query = 'query ($input: I!) { login(input: $input) }';

test.each([
  ['a variable', SECRET, 'The variable does not fit its type at "input".'],
  ['a field', { password: [SECRET] }, 'The variable does not fit its type at "input.password".'],
  [
    'an item of a list',
    { password: 'x', list: [1, SECRET] },
    'The variable does not fit its type at "input.list[1]".',
  ],
  [
    'a field that is missing beside it',
    { nested: { list: SECRET }, list: [] },
    'The variable does not fit its type at "input": Field "password" of required type "String!" was not provided.',
  ],
  [
    'a field that does not exist',
    { password: 'x', pasword: SECRET },
    'The variable does not fit its type at "input": Field "pasword" is not defined by type "I".',
  ],
  [
    'a value that spells out the very words around it',
    { password: [`${SECRET} at "input.list"; `], nested: null },
    'The variable does not fit its type at "input.password".',
  ],
])('what is wrong with %s is told without its value', async (_what, input, expected) => {
  const { errors } = await execute({ schema, document: parse(query), variableValues: { input } });
  const messages = (errors ?? []).map(messageWithoutValues);
  expect(messages).toContain(expected);
  expect(messages.join('\n')).not.toContain(SECRET);
});

test.each([
  [
    'a literal of a wrong type',
    `{ login(input: { password: ["${SECRET}"] }) }`,
    'A value does not fit its type.',
  ],
  [
    'a literal that is no member of an enum',
    `{ login(input: { password: "" }, status: "${SECRET}") }`,
    'A value does not fit its type.',
  ],
  [
    'a literal beside a missing field',
    `{ login(input: { nested: { password: "${SECRET}" } }) }`,
    'Field "I.password" of required type "String!" was not provided.',
  ],
])('%s is not quoted', (_what, document, expected) => {
  const messages = validate(schema, parse(document)).map(messageWithoutValues);
  expect(messages).toContain(expected);
  expect(messages.join('\n')).not.toContain(SECRET);
});

test.each([`{ login(input: { "${SECRET}" }) }`, `{ login(input: """${SECRET}""") "${SECRET}" }`])(
  'the text that a broken document holds is not quoted: %s',
  (document) => {
    expect(messageWithoutValues(syntaxErrorOf(document))).toMatch(/^Syntax Error: .*(Block)?String/);
    expect(messageWithoutValues(syntaxErrorOf(document))).not.toContain(SECRET);
  },
);

test('what is wrong with the document itself is told as graphql-js words it', () => {
  const [error] = validate(schema, parse('{ nowhere }'));
  expect(error && messageWithoutValues(error)).toBe('Cannot query field "nowhere" on type "Query".');
});

function syntaxErrorOf(document: string): GraphQLError {
  try {
    parse(document);
  } catch (error) {
    return error as GraphQLError;
  }
  throw new Error('The document is well formed.');
}
