import {
  defaultFieldResolver,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
} from 'graphql';
import type { IRules } from 'graphql-shield';
import { hasPermission } from '../kernel/caller.js';
import type { Clock } from '../kernel/clock.js';
import { AuthError, errors } from '../kernel/errors.js';
import {
  type AskedResource,
  type FurtherRules,
  type GuardedAction,
  permissionsOf,
  type Question,
  resourceTypeOf,
  type Rule,
} from '../kernel/rule.js';
import type { GraphQLContext } from './context.js';
import { type allow, applyMiddleware, deny, rule, shield } from './shield-loader.js';

type ObjectField = GraphQLField<unknown, GraphQLContext, Record<string, unknown>>;
type ShieldRule = ReturnType<ReturnType<typeof rule>>;

/** What the guard knows beside the rules on the fields. */
export interface GuardSettings {
  readonly clock: Clock;
  /** For so many seconds after a proof a caller counts as freshly authenticated. */
  readonly freshSeconds: number;
  readonly furtherRules: FurtherRules;
}

/** The verdict about one field. */
type Judge = (context: GraphQLContext, parent: unknown, args: Question['args']) => Promise<true | AuthError>;

/**
 * Guards every field by the rule that stands on it (`@Allow`). A root field without one is denied. Guards
 * `subscribe` too, which graphql-middleware leaves open, and judges again before every event.
 */
export function guardSchema(schema: GraphQLSchema, settings: GuardSettings): GraphQLSchema {
  const guarded = applyMiddleware(
    schema,
    shield(shieldTree(schema, settings), {
      // Resolver errors keep their code; the transports mask whatever is not meant for the public.
      allowExternalErrors: true,
      fallbackError: () => errors.FORBIDDEN(),
    }),
  ) as GraphQLSchema;
  restoreUnguardedResolvers(schema, guarded);
  guardSubscriptions(schema, guarded, settings);
  explainRefusals(guarded);
  return guarded;
}

/** The rule on a field, or undefined. */
export function ruleOf(field: { extensions: Readonly<Record<string, unknown>> }): Rule | undefined {
  return field.extensions['allow'] as Rule | undefined;
}

/** The field with a rule that has that name, `deleteUser` at the root and `User.sessions` elsewhere; or null. */
export function findGuardedField(schema: GraphQLSchema, name: string): GuardedAction | null {
  const [typeName = '', fieldName] = name.split('.', 2);
  const types = fieldName === undefined ? rootTypes(schema) : [schema.getType(typeName)].filter(isObjectType);
  for (const type of types) {
    if (fieldName !== undefined && isRoot(schema, type)) return null;
    const field = type.getFields()[fieldName ?? typeName];
    const found = field && ruleOf(field);
    if (found) return guardedField(schema, type, field, found);
  }
  return null;
}

function guardedField(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  field: { readonly name: string; readonly extensions: Readonly<Record<string, unknown>> },
  declared: Rule,
): GuardedAction {
  const atRoot = isRoot(schema, type);
  const name = atRoot ? field.name : `${type.name}.${field.name}`;
  const sensitive = field.extensions['sensitive'] === true;
  return { name, rule: declared, place: atRoot ? 'root' : 'below', sensitive };
}

function rootTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
    (type) => type ?? [],
  );
}

function isRoot(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return rootTypes(schema).includes(type);
}

function objectTypes(schema: GraphQLSchema): GraphQLObjectType[] {
  return Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'));
}

function shieldTree(schema: GraphQLSchema, settings: GuardSettings): IRules {
  const tree: Record<string, Record<string, ShieldRule | typeof allow>> = {};
  for (const type of objectTypes(schema)) {
    const root = isRoot(schema, type);
    const rules: Record<string, ShieldRule | typeof allow> = root ? { '*': deny } : {};
    for (const [name, field] of Object.entries(type.getFields())) {
      const declared = ruleOf(field);
      if (!declared) continue;
      const judge = judgeOf(guardedField(schema, type, field, declared), settings);
      rules[name] = toShieldRule(`${type.name}.${name}`, judge);
    }
    if (Object.keys(rules).length > 0) tree[type.name] = rules;
  }
  return tree;
}

/** Never cached: a rule depends on the caller, whose rights may change within a socket's life (GHSA-hx78). */
function toShieldRule(name: string, judge: Judge): ShieldRule {
  return rule(name, { cache: 'no_cache' })((parent: unknown, args: object, context: GraphQLContext) =>
    judge(context, parent, args as Record<string, unknown>),
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

function guardSubscriptions(schema: GraphQLSchema, guarded: GraphQLSchema, settings: GuardSettings): void {
  const type = schema.getSubscriptionType();
  if (!type) return;
  const before = type.getFields();
  for (const [name, field] of Object.entries(guarded.getSubscriptionType()?.getFields() ?? {})) {
    const original = before[name] as ObjectField | undefined;
    if (!original) continue;
    const declared = ruleOf(original);
    const judge = declared ? judgeOf(guardedField(schema, type, original, declared), settings) : denied;
    guardSubscription(field as ObjectField, original, judge);
  }
}

const denied: Judge = async () => errors.FORBIDDEN();

function guardSubscription(field: ObjectField, original: ObjectField, judge: Judge): void {
  const subscribe = original.subscribe;
  const resolve = original.resolve ?? defaultFieldResolver;
  const admit = async (context: GraphQLContext, parent: unknown, args: Record<string, unknown>) =>
    await explained(context, async () => await judge(context, parent, args));
  field.subscribe = async (parent, args, context, info) => {
    await admit(context, parent, args);
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
 * How a field is judged: by the rule on it, and where that says yes, by what operators add. What can be known of the field
 * beforehand is found out here, once: without rules of operators a request pays nothing for them.
 */
function judgeOf(field: GuardedAction, { clock, freshSeconds, furtherRules }: GuardSettings): Judge {
  const { name, rule: declared } = field;
  const further = furtherRules.judgeOf({ name, permissions: permissionsOf(declared) });
  const ask: Judge = (context, parent, args) =>
    verdictOf(declared, { caller: context.caller, parent, args, now: clock.now(), freshSeconds }, context);
  if (further === null) return ask;
  return async (context, parent, args) => {
    const verdict = await ask(context, parent, args);
    if (verdict !== true) return verdict;
    const resource = field.place === 'root' ? null : resourceOf(name, parent);
    return further({
      caller: context.caller,
      resource,
      args: field.sensitive ? null : args,
      now: clock.now(),
    });
  };
}

function resourceOf(fieldName: string, parent: unknown): AskedResource {
  const id: unknown = typeof parent === 'object' && parent !== null ? Reflect.get(parent, 'id') : null;
  return { type: resourceTypeOf(fieldName), id: typeof id === 'string' ? id : null, attributes: {} };
}

/**
 * The verdict of a rule. What it asks of an action token, the token of the request answers, and is used up by it: the rule
 * is pure, and judges again what is known then. A second field finds the token gone, one that asks for another action
 * leaves it alone.
 */
async function verdictOf(
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

/** Lets every error that leaves a guarded field tell its caller as much as that one may know. */
function explainRefusals(guarded: GraphQLSchema): void {
  for (const type of objectTypes(guarded)) {
    for (const field of Object.values(type.getFields()) as ObjectField[]) {
      const { resolve } = field;
      if (!ruleOf(field) || !resolve) continue;
      field.resolve = async (parent, args, context, info) =>
        await explained(context, async () => await resolve(parent, args, context, info));
    }
  }
}

async function explained<T>(context: GraphQLContext, work: () => Promise<T>): Promise<T> {
  try {
    const given = await work();
    // graphql-shield gives its refusals back where a resolver throws them; to graphql-js both are the same.
    if (given instanceof AuthError) throw given;
    return given;
  } catch (error) {
    throw error instanceof AuthError ? await toldTo(context, error) : error;
  }
}

/**
 * Whoever has to step up is told how they can, be it a rule or a service that asks for it; and who may ask for reasons
 * (`access:explain`), what is missing. Told once: who has lost that permission since must not read it off a later error.
 */
async function toldTo({ caller, stepUp }: GraphQLContext, error: AuthError): Promise<AuthError> {
  const { missing } = error;
  if (!isStepUp(error) && missing === undefined) return error;
  const details = {
    ...error.details,
    ...(isStepUp(error) ? { methods: await stepUp.methodsOf(caller) } : {}),
    ...(missing !== undefined && hasPermission(caller.principal, 'access:explain') ? { missing } : {}),
  };
  return error.told({
    details: Object.keys(details).length > 0 ? details : undefined,
    missing: undefined,
  });
}

function isStepUp({ code }: AuthError): boolean {
  return code === 'STEP_UP_REQUIRED';
}
