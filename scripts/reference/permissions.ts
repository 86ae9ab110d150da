import { type GraphQLSchema, isObjectType } from 'graphql';
import { allFeatures } from '../../src/app/features.js';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { BUILT_IN_ROLES } from '../../src/features/access/built-in-roles.js';
import { BEYOND_KEYS } from '../../src/features/api-keys/api-keys.contract.js';

import { ruleOf } from '../../src/graphql/shield.js';
import { admits, leavesOf, type Needs, permissionsOf, type Rule } from '../../src/kernel/rule.js';
import { table } from './table.js';

const FRESH_SETTING = 'AUTH_FRESH_AUTH_SECONDS';

/** Who may have a field. */
export interface GuardedField {
  /** `Type.field`. */
  readonly field: string;
  /** The rule in words, or null where there is none: a root field is then denied to all. */
  readonly rule: string | null;
  /** The permissions that count for it. Whether all of them, one or none is asked for, the rule says. */
  readonly permissions: readonly string[];
  /** The level that the session has to have reached, or null (NIST SP 800-63B). */
  readonly assurance: string | null;
  /** How old the proof may be: a number of seconds, the setting that says it, or null where none is asked for. */
  readonly freshness: number | typeof FRESH_SETTING | null;
  /** The actions for which a token does instead of that proof. */
  readonly actions: readonly string[];
  /** Whether API keys and service accounts can ever get past the rule. */
  readonly apiKeys: boolean;
  readonly serviceAccounts: boolean;
  /** Whether a document may hold it only once and with no other of its kind. */
  readonly sensitive: boolean;
}

/** What `docs/reference/permissions.json` holds. */
export interface PermissionReference {
  readonly permissions: readonly { name: string; about: string; feature: string }[];
  readonly roles: readonly { name: string; about: string; permissions: readonly string[] }[];
  readonly fields: readonly GuardedField[];
}

/** Every root field, and every other field with a rule, in the order of the alphabet. */
export function guardedFields(schema: GraphQLSchema): GuardedField[] {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  const types = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'));
  const inOrder = [...roots.flatMap((type) => type ?? []), ...types.filter((type) => !roots.includes(type))];
  return inOrder.flatMap((type) =>
    Object.values(type.getFields())
      .map((field) => ({
        field: `${type.name}.${field.name}`,
        ...factsOf(ruleOf(field)),
        sensitive: field.extensions['sensitive'] === true,
      }))
      .filter(({ rule }) => rule !== null || roots.includes(type))
      .toSorted((a, b) => (a.field < b.field ? -1 : 1)),
  );
}

/** Without a rule a root field is denied to all. */
const DENIED = {
  rule: null,
  permissions: [],
  assurance: null,
  freshness: null,
  actions: [],
  apiKeys: false,
  serviceAccounts: false,
} as const;

function factsOf(rule: Rule | undefined): Omit<GuardedField, 'field' | 'sensitive'> {
  if (!rule) return DENIED;
  const needs = leavesOf(rule).flatMap((leaf) => leaf.needs ?? []);
  return {
    rule: rule.description,
    permissions: permissionsOf(rule),
    assurance: needs.find(({ assurance }) => assurance !== undefined)?.assurance ?? null,
    freshness: freshnessOf(needs),
    actions: [...new Set(needs.flatMap(({ action }) => action ?? []))],
    // Some permissions no key has, whoever it belongs to.
    apiKeys: admits(rule, 'api_key', (permission) => !BEYOND_KEYS.has(permission)),
    serviceAccounts: admits(rule, 'service_account'),
  };
}

function freshnessOf(needs: readonly Needs[]): GuardedField['freshness'] {
  const asked = needs.flatMap(({ freshness }) => (freshness === undefined ? [] : [freshness]));
  const seconds = asked.filter((each) => each !== null);
  if (seconds.length > 0) return Math.min(...seconds);
  return asked.length > 0 ? FRESH_SETTING : null;
}

/** Permissions, roles and rules as data. */
export function permissionReference(): PermissionReference {
  return {
    permissions: allFeatures.flatMap(({ name: feature, permissions }) =>
      Object.entries(permissions).map(([name, about]) => ({ name, about, feature })),
    ),
    roles: Object.entries(BUILT_IN_ROLES).map(([name, { description, permissions }]) => ({
      name,
      about: description,
      permissions,
    })),
    fields: guardedFields(schemaOfAllFeatures()),
  };
}

/** The text of `docs/reference/permissions.md`. */
export function renderPermissions(): string {
  const { permissions, roles, fields } = permissionReference();
  const lines = [
    '# Permissions',
    '',
    'Generated from the contracts and rules in `src/`; the same as data: [permissions.json](permissions.json).',
    '',
    '## Permissions',
    '',
    ...table(
      ['permission', 'what it allows', 'feature'],
      permissions.map(({ name, about, feature }) => [`\`${name}\``, about, feature]),
    ),
    '',
    '## Built-in roles',
    '',
    '`*` is every permission there is, now and later.',
    '',
    ...table(
      ['role', 'for', 'permissions'],
      roles.map((role) => [
        `\`${role.name}\``,
        role.about,
        role.permissions.map((name) => `\`${name}\``).join(', '),
      ]),
    ),
    '',
    '## Who may call what',
    '',
    'Every field of Query, Mutation and Subscription, and every other field with a rule of its own. A root field',
    'without a rule is denied to everybody. The columns after the rule say what of it counts: the permissions, the level',
    'of assurance, and how old the proof of identity may be (where it is too old, an action token for the action in',
    'brackets does instead); and whether API keys and service accounts can ever get past it. Sensitive fields: one',
    'document may hold one of them, once.',
    '',
    ...table(
      ['field', 'who', 'permissions', 'assurance', 'freshness', 'API keys', 'service accounts', 'sensitive'],
      fields.map((field) => [
        `\`${field.field}\``,
        field.rule ?? 'nobody',
        codes(field.permissions),
        codes([field.assurance].filter((each) => each !== null)),
        `${codes([field.freshness].filter((each) => each !== null))} ${bracketed(field.actions)}`.trim(),
        yes(field.apiKeys),
        yes(field.serviceAccounts),
        yes(field.sensitive),
      ]),
    ),
    '',
    'What operators add to these rules (`AUTH_ACCESS_RULES_MODULE`) is not here: it can only refuse more.',
    '',
    'Two permissions guard what is no field: `tokens:introspect` the endpoint `POST /auth/introspect`, and',
    '`schema:read` introspection in production and the higher limit of document tokens.',
  ];
  return `${lines.join('\n')}\n`;
}

function codes(names: readonly (string | number)[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

function bracketed(names: readonly string[]): string {
  return names.length === 0 ? '' : `(${codes(names)})`;
}

function yes(value: boolean): string {
  return value ? 'yes' : '';
}
