import type { GraphQLResolveInfo, GraphQLSchema } from 'graphql';
import { Arg, Ctx, FieldResolver, Info, Query, Resolver, Root } from 'type-graphql';
import { Allow, authenticated, can as holds } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { findGuardedField } from '../../../graphql/shield.js';
import type { AskedResource, GuardedAction } from '../../../kernel/rule.js';
import { AccessResourceInput, ExplainAccessInput } from './access-decision.input.js';
import type { AccessDecisionService } from './access-decision.service.js';
import { AccessDecision, AccessReason } from './access-decision.type.js';

@Resolver(() => AccessDecision)
export class AccessDecisionResolver {
  constructor(private readonly services: { readonly accessDecisions: AccessDecisionService }) {}

  @Allow(authenticated)
  @Query(() => AccessDecision, {
    description:
      'Whether the caller may do something, by the rules that stand before it: for frontends that show only what works, and ' +
      'for services that ask with their user’s own token. What a mutation refuses for what it finds is not foretold. ' +
      'Refused: ACCESS_ACTION_UNKNOWN, ACCESS_RULE_UNAVAILABLE.',
  })
  async can(
    @Arg('action', () => String, {
      description:
        'A permission (`orders:refund`), a field of Query, Mutation or Subscription (`revokeSession`), or another (`User.sessions`).',
    })
    action: string,
    @Arg('resource', () => AccessResourceInput, { nullable: true, description: 'What it would be done to.' })
    resource: AccessResourceInput | null,
    @Ctx() { caller }: GraphQLContext,
    @Info() { schema }: GraphQLResolveInfo,
  ): Promise<AccessDecision> {
    const request = { action: actionOf(schema, action), resource: resourceOf(resource) };
    return AccessDecision.of(await this.services.accessDecisions.decide(caller, request));
  }

  @Allow(holds('access:explain'))
  @Query(() => AccessDecision, {
    description:
      'Whether somebody else might do something, and why. Whoever is gone, deactivated or disabled may do nothing. ' +
      'Refused: ACCESS_ACTION_UNKNOWN, ACCESS_RULE_UNAVAILABLE.',
  })
  async explainAccess(
    @Arg('input', () => ExplainAccessInput, { description: 'Who, what, and to what.' })
    { principalKind, principalId, action, resource, sessionId, ip }: ExplainAccessInput,
    @Ctx() { caller }: GraphQLContext,
    @Info() { schema }: GraphQLResolveInfo,
  ): Promise<AccessDecision> {
    const request = { action: actionOf(schema, action), resource: resourceOf(resource ?? null) };
    const subject = {
      kind: principalKind,
      id: principalId.toLowerCase(),
      sessionId: sessionId?.toLowerCase() ?? null,
      ip: ip ?? null,
    };
    return AccessDecision.of(await this.services.accessDecisions.explain(caller, subject, request));
  }

  @FieldResolver(() => AccessReason, { nullable: true, description: 'Why; null when it is not allowed.' })
  async because(@Root() { reason }: AccessDecision): Promise<AccessReason | null> {
    return reason === null ? null : await reason();
  }
}

/** Whether a permission of that name is declared, the service knows. */
function actionOf(schema: GraphQLSchema, name: string): GuardedAction {
  return findGuardedField(schema, name) ?? { name, rule: holds(name), place: 'permission', sensitive: true };
}

function resourceOf(input: AccessResourceInput | null): AskedResource | null {
  return input && { type: input.type, id: input.id ?? null, attributes: input.attributes ?? {} };
}
