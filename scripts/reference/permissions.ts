import { type GraphQLSchema, isObjectType } from 'graphql';
import { allFeatures } from '../../src/app/features.js';
import { schemaOfAllFeatures } from '../../src/app/print-schema.js';
import { BUILT_IN_ROLES } from '../../src/features/access/built-in-roles.js';
import { ruleOf } from '../../src/graphql/shield.js';
import { table } from './table.js';

/** Who may have a field. */
export interface GuardedField {
  /** `Type.field`. */
  readonly field: string;
  /** The rule in words, or null where there is none: a root field is then denied to all. */
  readonly rule: string | null;
  /** The permission the rule asks for, when it is one and only that. */
  readonly permission: string | null;
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
      .map((field) => {
        const rule = ruleOf(field);
        return {
          field: `${type.name}.${field.name}`,
          rule: rule?.description ?? null,
          permission: rule?.permission ?? null,
          sensitive: field.extensions['sensitive'] === true,
        };
      })
      .filter(({ rule }) => rule !== null || roots.includes(type))
      .toSorted((a, b) => (a.field < b.field ? -1 : 1)),
  );
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
    'without a rule is denied to everybody. Sensitive fields: one document may hold one of them, once.',
    '',
    ...table(
      ['field', 'who', 'sensitive'],
      fields.map(({ field, rule, sensitive }) => [`\`${field}\``, rule ?? 'nobody', sensitive ? 'yes' : '']),
    ),
    '',
    'Two permissions guard what is no field: `tokens:introspect` the endpoint `POST /auth/introspect`, and',
    '`schema:read` introspection in production and the higher limit of document tokens.',
  ];
  return `${lines.join('\n')}\n`;
}
