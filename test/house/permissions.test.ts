import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { graphql, type GraphQLSchema, GraphQLString, isObjectType, subscribe, parse } from 'graphql';
import 'reflect-metadata';
import { expect, test } from 'vitest';
import { guardedFields, permissionReference } from '../../scripts/reference/permissions.js';
import { allFeatures } from '../../src/app/features.js';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { BUILT_IN_ROLES } from '../../src/features/access/built-in-roles.js';
import { createContext } from '../../src/graphql/context.js';
import { guardSchema, ruleOf } from '../../src/graphql/shield.js';
import { noCookies } from '../../src/http/browser-cookies.js';
import { systemCaller } from '../../src/kernel/caller.js';
import { systemClock } from '../../src/kernel/clock.js';
import { leavesOf } from '../../src/kernel/rule.js';
import { keyPrincipal, questionOf, servicePrincipal, userPrincipal } from '../support/questions.js';

const root = join(import.meta.dirname, '../..');
const declared = allFeatures.flatMap(({ permissions }) => Object.keys(permissions));

test('every field of Query, Mutation and Subscription says who may call it', () => {
  expect(withoutRule(schemaOfAllFeatures())).toEqual([]);
});

test.each(['Query', 'Mutation', 'Subscription'] as const)(
  'a field added to %s without a rule is named by the check above, and denied to everybody when it runs',
  async (type) => {
    const schema = withPlantedField(schemaOfAllFeatures(), type);
    expect(withoutRule(schema)).toEqual([`${type}.planted`]);
    // The system itself holds every permission there is; what is denied to it is denied to all.
    const caller = systemCaller();
    const contextValue = createContext(caller, noCookies, () => Promise.resolve(caller));
    const guarded = guardSchema(schema, {
      clock: systemClock,
      freshSeconds: 900,
      furtherRules: { judgeOf: () => null },
    });
    const source = `${type.toLowerCase()} { planted }`;
    const answer =
      type === 'Subscription'
        ? await subscribe({ schema: guarded, document: parse(source), contextValue })
        : await graphql({ schema: guarded, source, contextValue });
    const refusals = 'errors' in answer ? (answer.errors ?? []) : [];
    expect(refusals.map(({ originalError }) => Reflect.get(originalError ?? {}, 'code'))).toEqual([
      'FORBIDDEN',
    ]);
    expect(JSON.stringify(refusals)).not.toContain('leaked');
  },
);

test('a rule asks only for permissions that some feature declares', () => {
  const asked = guardedFields(schemaOfAllFeatures()).flatMap(({ permissions }) => permissions);
  expect(asked.length).toBeGreaterThan(8);
  expect(asked.filter((name) => !declared.includes(name))).toEqual([]);
});

test('what the rules say in words is what the columns say: permissions, proofs and actions', () => {
  const fields = guardedFields(schemaOfAllFeatures()).filter(({ rule }) => rule !== null);
  const inWords = (rule: string | null, pattern: RegExp) =>
    new Set([...(rule ?? '').matchAll(pattern)].map(([, name = '']) => name));
  for (const { field, rule, permissions, actions, freshness } of fields) {
    expect([field, new Set(permissions)]).toEqual([field, inWords(rule, /permission `([^`]+)`/g)]);
    expect([field, new Set(actions)]).toEqual([field, inWords(rule, /action token for `([^`]+)`/g)]);
    expect([field, freshness !== null]).toEqual([
      field,
      /AUTH_FRESH_AUTH_SECONDS|within \d+ seconds/.test(rule ?? ''),
    ]);
  }
});

test('every root field has every column, and what is for people is for no machine', () => {
  const fields = new Map(guardedFields(schemaOfAllFeatures()).map((each) => [each.field, each]));
  for (const facts of fields.values()) {
    expect(Object.values(facts).filter((value) => value === undefined)).toEqual([]);
    expect(Object.keys(facts)).toHaveLength(9);
  }
  const machines = (field: string) => [fields.get(field)?.apiKeys, fields.get(field)?.serviceAccounts];
  expect(machines('Query.viewer')).toEqual([true, true]);
  expect(machines('Mutation.changePassword')).toEqual([false, false]);
  expect(machines('Mutation.enrolTotp')).toEqual([false, false]);
  expect(machines('Mutation.deleteUser')).toEqual([false, true]);
  expect(machines('Mutation.assignRole')).toEqual([false, true]);
  expect(machines('Query.users')).toEqual([true, true]);
  expect(machines('Mutation.revokeApiKey')).toEqual([false, true]);
});

test('a rule says truly for whom it is: whoever it does not name is refused, whatever they hold', () => {
  const schema = schemaOfAllFeatures();
  const leaves = guardedFields(schema).flatMap(({ field }) => {
    const [type = '', name = ''] = field.split('.');
    const owner = schema.getType(type);
    const rule = isObjectType(owner) ? ruleOf(owner.getFields()[name] ?? { extensions: {} }) : undefined;
    return rule ? leavesOf(rule) : [];
  });
  const callers = [
    userPrincipal({ may: declared }),
    servicePrincipal(...declared),
    keyPrincipal(...declared),
  ];
  expect(leaves.length).toBeGreaterThan(100);
  for (const { description, kinds, judge } of leaves) {
    expect([description, kinds !== undefined]).toEqual([description, description !== 'anyone']);
    const strangers = callers.filter(({ kind }) => !(kinds ?? [kind]).includes(kind));
    const input = { attemptToken: 'of a sign-in that waits' };
    const verdicts = strangers.map((each) => judge(questionOf(each, { args: { input } })));
    expect([description, verdicts.filter((verdict) => verdict === true)]).toEqual([description, []]);
  }
});

test('a built-in role holds only permissions that some feature declares', () => {
  const held = Object.values(BUILT_IN_ROLES).flatMap(({ permissions }) => [...permissions] as string[]);
  expect(held.filter((name) => name !== '*' && !declared.includes(name))).toEqual([]);
});

test('every declared permission opens something: it stands outside the contracts, roles aside', () => {
  const code = globSync('src/**/*.ts', { cwd: root })
    .filter((file) => !/\.contract\.ts$|built-in-roles\.ts$/.test(file))
    .map((file) => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  expect(declared.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
});

test('the reference as data holds exactly the declared permissions and every root field', () => {
  const written = JSON.parse(readFileSync(join(root, 'docs/reference/permissions.json'), 'utf8'));
  expect(written).toEqual(structuredClone(permissionReference()));
  expect(written.permissions.map(({ name }: { name: string }) => name)).toEqual(declared);
});

/** Root fields that name nobody who may call them. */
function withoutRule(schema: GraphQLSchema): string[] {
  return guardedFields(schema)
    .filter(({ rule }) => rule === null)
    .map(({ field }) => field);
}

/** The schema with a field as somebody adds it who forgets the rule. */
function withPlantedField(schema: GraphQLSchema, type: 'Query' | 'Mutation' | 'Subscription'): GraphQLSchema {
  const fields = schema.getType(type);
  if (!fields || !('getFields' in fields)) throw new Error(`There is no ${type}.`);
  Object.assign(fields.getFields(), {
    planted: {
      name: 'planted',
      type: GraphQLString,
      args: [],
      extensions: {},
      resolve: () => 'leaked',
      subscribe: async function* () {
        yield { planted: 'leaked' };
      },
    },
  });
  return schema;
}
