import { randomUUID } from 'node:crypto';
import {
  getNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  isInputObjectType,
  isLeafType,
  isObjectType,
} from 'graphql';
import { ruleOf } from '../../../src/graphql/shield.js';
import { newAddress } from '../accounts.js';
import { type FuzzedField, fuzzedFields } from '../schema-fuzz.js';
import type { Things } from './things.js';

/** What is asked for one row of the table. */
export interface Question {
  readonly kind: FuzzedField['kind'];
  readonly query: string;
  readonly variables: Readonly<Record<string, unknown>>;
}

type Inputs = (things: Things) => Promise<object> | object;

/**
 * What the input of a row has that the schema does not ask for: whose thing it is about, or what makes it another row.
 * Where nothing stands, it is about things that are not there: whoever may, learns so.
 */
const inputs: Readonly<Record<string, Inputs>> = {
  'Mutation.confirmEmailCode (attemptToken)': attempt,
  'Mutation.confirmPasskey (attemptToken)': attempt,
  'Mutation.confirmTotp (attemptToken)': attempt,
  'Mutation.enrolEmailCode (attemptToken)': attempt,
  'Mutation.enrolPasskey (attemptToken)': attempt,
  'Mutation.enrolTotp (attemptToken)': attempt,
  'Mutation.createUser (roles)': () => ({ email: newAddress(), roles: ['resource_server'] }),
  'Mutation.updateUser (email)': () => ({ email: 'new@example.com' }),
  'Mutation.updateUser (emailVerified)': () => ({ emailVerified: true }),
  'Mutation.updateUser (username)': () => ({ username: 'another' }),
  'Mutation.removeSecondFactor': ({ passkeyId }) => ({ factorId: passkeyId }),
  'Mutation.renamePasskey': ({ passkeyId }) => ({ factorId: passkeyId }),
  'Mutation.revokeTrustedDevice': ({ trustedDeviceId }) => ({ id: trustedDeviceId }),
  'Mutation.createApiKey': () => ({ scopes: [] }),
  'Mutation.createClientSecret': ({ serviceAccountId }) => ({ serviceAccountId }),
  'Mutation.rotateClientSecret': ({ clientSecretId }) => ({ clientSecretId }),
  'Mutation.createServiceAccount': () => ({ name: `service ${randomUUID()}` }),
  'Mutation.createServiceAccount (no roles)': () => ({ name: `service ${randomUUID()}`, roles: [] }),
  'Mutation.createApiKey (userId)': ({ userId }) => ({ userId, scopes: [] }),
  'Mutation.createApiKey (serviceAccountId)': ({ serviceAccountId }) => ({ serviceAccountId, scopes: [] }),
  'Mutation.updateApiKey': ({ keyId }) => ({ apiKeyId: keyId, name: 'another' }),
  'Mutation.rotateApiKey': ({ keyId }) => ({ apiKeyId: keyId }),
  'Mutation.revokeApiKey': ({ keyId }) => ({ apiKeyId: keyId }),
  'Mutation.revokeSession': async ({ session }) => ({ sessionId: await session() }),
  'Mutation.revokeEverythingFrom': async ({ session }) => ({ sessionId: await session() }),
};

/** The same for fields whose arguments are no input object. */
const given: Readonly<Record<string, Inputs>> = {
  'Query.session': async ({ session }) => ({ id: await session() }),
  'Query.userHistory': ({ userId }) => ({ userId }),
  // Whoever may listen is told that this is no cursor, at once.
  'Subscription.sessionRevoked': () => ({ after: 'not a cursor' }),
};

/** How strangers reach an object of a type, and with which permissions; what has an owner, they reach otherwise. */
export const paths: Readonly<Record<string, { by: readonly string[]; others: string; own?: string }>> = {
  User: {
    by: ['users:list'],
    own: 'viewer { user { # } }',
    others: 'users(first: 1, filter: { search: $search }) { edges { node { # } } }',
  },
  Session: {
    by: ['users:list', 'sessions:read'],
    own: 'viewer { user { sessions { # } } }',
    others: 'users(first: 1, filter: { search: $search }) { edges { node { sessions { # } } } }',
  },
  Group: {
    by: ['groups:read'],
    others: 'groups(first: 1) { edges { node { # } } }',
  },
  ServiceAccount: {
    by: ['service_accounts:read'],
    others: 'serviceAccounts(first: 1) { edges { node { # } } }',
  },
};

/** `Type.field` of a row: what stands before the bracket. */
export function fieldOf(row: string): string {
  return row.split(' (', 1).join();
}

/** Every field of Query, Mutation and Subscription, and every other field that carries a rule. */
export function guardedNames(schema: GraphQLSchema): string[] {
  const roots = rootsOf(schema);
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'))
    .flatMap((type) =>
      Object.values(type.getFields())
        .filter((field) => roots.includes(type) || ruleOf(field))
        .map(({ name }) => `${type.name}.${name}`),
    );
}

/** Makes the question of a row. `own`: for the owner, who asks for what is theirs another way. */
export class Questions {
  private readonly rootFields: ReadonlyMap<string, FuzzedField>;

  constructor(
    private readonly schema: GraphQLSchema,
    private readonly things: Things,
  ) {
    this.rootFields = new Map(fuzzedFields(schema).map((field) => [field.name, field]));
  }

  async of(row: string, own: boolean): Promise<Question> {
    const root = this.rootFields.get(fieldOf(row));
    if (!root) return this.nested(fieldOf(row), own);
    const input = await inputs[row]?.(this.things);
    const required = root.variables as { input?: object };
    const kept = Object.entries(required.input ?? {}).filter(([name]) => !this.hasDefault(row, name));
    const merged =
      required.input === undefined && input === undefined
        ? {}
        : { input: { ...Object.fromEntries(kept), ...input } };
    return {
      kind: root.kind,
      query: root.query,
      variables: { ...required, ...(await given[row]?.(this.things)), ...merged },
    };
  }

  /** A sample in the place of a default would only be refused. */
  private hasDefault(row: string, name: string): boolean {
    const [type = '', field = ''] = fieldOf(row).split('.');
    const declared = (this.schema.getType(type) as GraphQLObjectType).getFields()[field];
    const input = declared?.args.find((each) => each.name === 'input');
    const inputType = input && getNamedType(input.type);
    return isInputObjectType(inputType) && inputType.getFields()[name]?.defaultValue !== undefined;
  }

  private nested(field: string, own: boolean): Question {
    const [typeName = '', name = ''] = field.split('.');
    const path = paths[typeName];
    const declared = (this.schema.getType(typeName) as GraphQLObjectType | undefined)?.getFields()[name];
    if (!path || !declared) throw new Error(`Nobody knows how to reach ${field}.`);
    const asked = isLeafType(getNamedType(declared.type)) ? name : `${name} { __typename }`;
    const way = (own ? path.own : undefined) ?? path.others;
    const variables = way.includes('$search') ? { search: this.things.email } : {};
    const head = way.includes('$search') ? 'query ($search: String) ' : '';
    return { kind: 'query', query: `${head}{ ${way.replace('#', asked)} }`, variables };
  }
}

function attempt(): object {
  return { attemptToken: 'of no sign-in' };
}

function rootsOf(schema: GraphQLSchema): GraphQLObjectType[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  return roots.flatMap((type) => type ?? []);
}
