import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import type { IRules } from 'graphql-shield';
import { AuthError, errors } from '../kernel/errors.js';
import type { Rule } from './allow.js';
import type { GraphQLContext } from './context.js';
import { type allow, applyMiddleware, deny, rule, shield } from './shield-loader.js';

type ObjectField = GraphQLField<unknown, GraphQLContext, Record<string, unknown>>;
type ShieldRule = ReturnType<ReturnType<typeof rule>>;

/**
 * Guards every field by the rule that stands on it (`@Allow`). A root field without one is denied. Guards
 * `subscribe` too, which graphql-middleware leaves open, and judges again before every event.
 */
export function guardSchema(schema: GraphQLSchema): GraphQLSchema {
  const guarded = applyMiddleware(
    schema,
    shield(shieldTree(schema), {
      // Resolver errors keep their code; the transports mask whatever is not meant for the public.
      allowExternalErrors: true,
      fallbackError: () => errors.FORBIDDEN(),
    }),
  ) as GraphQLSchema;
  restoreUnguardedResolvers(schema, guarded);
  guardSubscriptions(schema, guarded);
  return guarded;
}

/** The rule on a field, or undefined. */
export function ruleOf(field: { extensions: Readonly<Record<string, unknown>> }): Rule | undefined {
  return field.extensions['allow'] as Rule | undefined;
}

function isRoot(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(type);
}

function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'));
}

function shieldTree(schema: GraphQLSchema): IRules {
  const tree: Record<string, Record<string, ShieldRule | typeof allow>> = {};
  for (const type of objectTypes(schema)) {
    const root = isRoot(schema, type);
    const rules: Record<string, ShieldRule | typeof allow> = root ? { '*': deny } : {};
    for (const [name, field] of Object.entries(type.getFields())) {
      const declared = ruleOf(field);
      if (declared) rules[name] = toShieldRule(`${type.name}.${name}`, declared);
    }
    if (Object.keys(rules).length > 0) tree[type.name] = rules;
  }
  return tree;
}

/** Never cached: a rule depends on the caller, whose rights may change within a socket's life (GHSA-hx78). */
function toShieldRule(name: string, declared: Rule): ShieldRule {
  return rule(name, { cache: 'no_cache' })((parent: unknown, args: object, context: GraphQLContext) =>
    declared.judge({ caller: context.caller, parent, args: args as Record<string, unknown> }),
  );
}

/** Fields without a rule get their plain resolver back: shield would make a promise of every leaf. */
function restoreUnguardedResolvers(schema: GraphQLSchema, guarded: GraphQLSchema): void {
  for (const type of objectTypes(guarded)) {
    if (isRoot(guarded, type)) continue;
    const before = (schema.getType(type.name) as GraphQLObjectType).getFields();
    for (const [name, field] of Object.entries(type.getFields())) {
      if (ruleOf(field)) continue;
      field.resolve = before[name]?.resolve;
    }
  }
}

function guardSubscriptions(schema: GraphQLSchema, guarded: GraphQLSchema): void {
  const before = schema.getSubscriptionType()?.getFields() ?? {};
  for (const [name, field] of Object.entries(guarded.getSubscriptionType()?.getFields() ?? {})) {
    const original = before[name] as ObjectField | undefined;
    if (original) guardSubscription(field as ObjectField, original);
  }
}

function guardSubscription(field: ObjectField, original: ObjectField): void {
  const declared = ruleOf(original);
  const subscribe = original.subscribe;
  const resolve = original.resolve ?? defaultFieldResolver;
  const judge = (context: GraphQLContext, parent: unknown, args: Record<string, unknown>): void => {
    const verdict = declared ? declared.judge({ caller: context.caller, parent, args }) : errors.FORBIDDEN();
    if (verdict instanceof AuthError) throw verdict;
  };
  field.subscribe = (parent, args, context, info) => {
    judge(context, parent, args);
    if (!subscribe) throw errors.FORBIDDEN();
    return subscribe(parent, args, context, info);
  };
  field.resolve = async (event, args, context, info) => {
    // The credential that opened the stream is judged anew for each event: a revoked one hears nothing more.
    const renewed = { ...context, caller: await context.renew() };
    judge(renewed, event, args);
    return await resolve(event, args, renewed, info);
  };
}
