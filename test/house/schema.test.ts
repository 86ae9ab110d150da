import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildSchema,
  getNamedType,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  type GraphQLType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isInterfaceType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, test } from 'vitest';
import { printSchemaText, schemaOfAllFeatures } from '../../src/app/print-schema.js';

const schema = schemaOfAllFeatures();

/** A member of the schema by its coordinate: `Type`, `Type.field`, `Type.field(argument)` or `Enum.VALUE`. */
interface Member {
  readonly coordinate: string;
  readonly description: string | null | undefined;
  /** The name of the type it has, for fields and arguments. */
  readonly type?: string;
}

/** What fields and input fields have in common. */
type Field = Pick<GraphQLField<unknown, unknown>, 'name' | 'description'> & {
  readonly type: GraphQLType;
  readonly args?: readonly GraphQLArgument[];
};

test('schema.graphql is what the code gives', () => {
  expect(readFileSync(join(import.meta.dirname, '../../schema.graphql'), 'utf8')).toBe(printSchemaText());
});

test('every type, field, argument, input field and enum value is described by a sentence', () => {
  expect(membersOf(schema).length).toBeGreaterThan(120);
  expect(undescribed(schema)).toEqual([]);
});

test('a member without a description is found wherever it stands', () => {
  const bare = buildSchema(`
    type Query { a(b: I): E }
    input I { c: U }
    input U { "Described." d: Int }
    enum E { F }
    scalar S
    type T { s: S }
    union V = T
  `);
  const members = ['E', 'E.F', 'I', 'I.c', 'Query.a', 'Query.a(b)', 'S', 'T', 'T.s', 'U', 'V'];
  expect(undescribed(bare).toSorted()).toEqual(members);
});

test('a mutation takes one input object or nothing', () => {
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  for (const { name, args } of fields) {
    expect(args.length, name).toBeLessThanOrEqual(1);
    for (const argument of args) {
      expect(argument.name, name).toBe('input');
      expect(isInputObjectType(getNamedType(argument.type)), name).toBe(true);
    }
  }
  expect(fields.length).toBeGreaterThan(5);
});

test('a mutation returns something that is never null, so that a refused alias stops the operation', () => {
  for (const { name, type } of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    expect(isNonNullType(type), name).toBe(true);
  }
});

test('the fields at which secrets are guessed are marked, and no others', () => {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const marked = roots
    .flatMap((type) => Object.values(type?.getFields() ?? {}))
    .filter(({ extensions }) => extensions['sensitive'] === true);
  expect(marked.map(({ name }) => name).toSorted()).toEqual([
    'activateAccount',
    'challengeReauthentication',
    'challengeSecondFactor',
    'changeEmail',
    'changePassword',
    'completeLogin',
    'confirmAction',
    'confirmEmailChange',
    'confirmEmailCode',
    'confirmPasskey',
    'confirmTotp',
    'consumeActionToken',
    'createApiKey',
    'createClientSecret',
    'createServiceAccount',
    'enrolEmailCode',
    'enrolPasskey',
    'eraseMe',
    'exportMyData',
    'login',
    'loginWithLink',
    'loginWithPasskey',
    'logout',
    'passwordResetStatus',
    'passwordStrength',
    'reauthenticate',
    'refreshSession',
    'requestAction',
    'requestEmailVerification',
    'requestLoginLink',
    'requestPasskeyLogin',
    'requestPasswordReset',
    'resetPassword',
    'rotateApiKey',
    'rotateClientSecret',
    'setUserPassword',
    'signUp',
    'undoEmailChange',
    'updateProfile',
    'verifyEmail',
    'verifySecondFactor',
  ]);
});

test('ids are UUIDs, moments are DateTimes', () => {
  const typed = membersOf(schema).filter(({ type }) => type !== undefined);
  const ids = typed.filter(({ coordinate }) => /\.(id|\w+Id)$/.test(coordinate));
  // What a decision is about may be a service's own, and the subject of an event anything; an OAuth client id is
  // opaque to its holder (RFC 6749 §2.2).
  const opaque = [
    'AccessResourceInput.id',
    'AuditEvent.subjectId',
    'AuditEventFilter.subjectId',
    'CreateServiceAccountPayload.clientId',
  ];
  const others = ids.filter(({ type }) => type !== 'UUID').map(({ coordinate }) => coordinate);
  expect(others.toSorted()).toEqual(opaque);
  const moments = typed.filter(({ coordinate }) => /\.\w+(?<!broken)At$/.test(coordinate));
  expect(moments.filter(({ type }) => type !== 'DateTime')).toEqual([]);
  expect(ids.length + moments.length).toBeGreaterThan(20);
});

test('a list that can grow without bound is a connection', () => {
  // These are short by nature: a handful of keys, one audience per service, one user's devices and groups, what the code
  // declares, the tables there are,
  // what may be wrong with a password, what one session created, the first hundred of many.
  const bounded = [
    'DataExport.sections',
    'ErasurePayload.tables',
    'ImportUsersPayload.lines',
    'PasswordStrength.reasons',
    'Query.audiences',
    'Query.factorRemovals',
    'Query.permissions',
    'Query.signingKeys',
    'RequestActionPayload.methods',
    'RevokeEverythingFromPayload.kept',
    'RevokeEverythingFromPayload.revoked',
    'RevokeSessionsPayload.sessions',
    'SecondFactorRequired.factors',
    'ServiceAccount.apiKeys',
    'ServiceAccount.clientSecrets',
    'Session.createdCredentials',
    'User.apiKeys',
    'User.groups',
    'User.secondFactors',
    'User.sessions',
    'User.trustedDevices',
  ];
  const plain = objectTypes(schema).flatMap(({ name, fields }) =>
    fields
      .filter(({ type }) => {
        const bare = isNonNullType(type) ? type.ofType : type;
        return isListType(bare) && isObjectType(getNamedType(bare));
      })
      .map((field) => `${name}.${field.name}`),
  );
  expect(plain.filter((coordinate) => !coordinate.endsWith('Connection.edges')).toSorted()).toEqual(bounded);
});

function undescribed(of: GraphQLSchema): string[] {
  return membersOf(of)
    .filter(({ description }) => !/^\S.*[.)]$/s.test(description?.trim() ?? ''))
    .map(({ coordinate }) => coordinate);
}

function membersOf(of: GraphQLSchema): Member[] {
  return Object.values(of.getTypeMap())
    .filter((type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type))
    .flatMap((type) => [
      // The three roots are the product itself.
      ...(['Query', 'Mutation', 'Subscription'].includes(type.name)
        ? []
        : [{ coordinate: type.name, description: type.description }]),
      ...partsOf(type),
    ]);
}

function partsOf(type: GraphQLNamedType): Member[] {
  if (isEnumType(type)) {
    return type
      .getValues()
      .map(({ name, description }) => ({ coordinate: `${type.name}.${name}`, description }));
  }
  if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) return [];
  return Object.values<Field>(type.getFields()).flatMap((field) => {
    const coordinate = `${type.name}.${field.name}`;
    return [
      { coordinate, description: field.description, type: getNamedType(field.type).name },
      ...(field.args ?? []).map((argument) => ({
        coordinate: `${coordinate}(${argument.name})`,
        description: argument.description,
        type: getNamedType(argument.type).name,
      })),
    ];
  });
}

function objectTypes(of: GraphQLSchema) {
  return Object.values(of.getTypeMap())
    .filter(isObjectType)
    .filter((type) => !isIntrospectionType(type))
    .map((type) => ({ name: type.name, fields: Object.values(type.getFields()) }));
}
