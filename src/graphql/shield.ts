import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import type { IRules } from 'graphql-shield';
import { AuthError, errors } from '../kernel/errors.js';
import type { Question, Rule } from './allow.js';
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
  explainStepUps(guarded);
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
    judge(declared, { caller: context.caller, parent, args: args as Record<string, unknown> }, context),
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
  const admit = async (context: GraphQLContext, parent: unknown, args: Record<string, unknown>) => {
    if (!declared) throw errors.FORBIDDEN();
    const verdict = await judge(declared, { caller: context.caller, parent, args }, context);
    if (verdict instanceof AuthError) throw verdict;
  };
  field.subscribe = async (parent, args, context, info) => {
    await explained(context, async () => await admit(context, parent, args));
    if (!subscribe) throw errors.FORBIDDEN();
    return await subscribe(parent, args, context, info);
  };
  field.resolve = async (event, args, context, info) => {
    // The credential that opened the stream is judged anew for each event: a revoked one hears nothing more.
    const renewed = { ...context, caller: await context.renew() };
    await admit(renewed, event, args);
    return await resolve(event, args, renewed, info);
  };
}

/**
 * The verdict of a rule. What it asks of an action token, the token of the request answers, and is used up by it: the rule
 * is pure, and judges again what is known then. A second field finds the token gone, one that asks for another action
 * leaves it alone.
 */
async function judge(
  declared: Rule,
  question: Question,
  { stepUp }: GraphQLContext,
): Promise<true | AuthError> {
  const verdict = declared.judge(question);
  const action = verdict === true ? undefined : verdict.details?.['action'];
  if (verdict === true || !isStepUp(verdict) || typeof action !== 'string') return verdict;
  if (!(await stepUp.redeem(question.caller, action))) return verdict;
  return declared.judge({ ...question, provedAction: action });
}

/** Tells whoever has to step up how they can, be it a rule or a service that asks for it. */
function explainStepUps(guarded: GraphQLSchema): void {
  for (const type of objectTypes(guarded)) {
    for (const field of Object.values(type.getFields()) as ObjectField[]) {
      const { resolve } = field;
      if (!ruleOf(field) || !resolve) continue;
      field.resolve = async (parent, args, context, info) =>
        await explained(context, async () => await resolve(parent, args, context, info));
    }
  }
}

async function explained<T>({ caller, stepUp }: GraphQLContext, work: () => Promise<T>): Promise<T> {
  try {
    const given = await work();
    // graphql-shield gives its refusals back where a resolver throws them; to graphql-js both are the same.
    if (given instanceof AuthError) throw given;
    return given;
  } catch (error) {
    if (!(error instanceof AuthError) || !isStepUp(error)) throw error;
    const methods = await stepUp.methodsOf(caller);
    throw errors.STEP_UP_REQUIRED({ details: { ...error.details, methods } });
  }
}

function isStepUp({ code }: AuthError): boolean {
  return code === 'STEP_UP_REQUIRED';
}
