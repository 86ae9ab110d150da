import { type Caller, hasPermission, type Principal } from '../../../kernel/caller.js';
import type { Clock } from '../../../kernel/clock.js';
import type { Missing } from '../../../kernel/decision.js';
import { type AuthError, errors } from '../../../kernel/errors.js';
import {
  type AskedResource,
  type FurtherRules,
  groundsOf,
  type GuardedAction,
  permissionsOf,
  type Question,
  resourceTypeOf,
} from '../../../kernel/rule.js';
import { accessDecisionsErrors } from './access-decisions.contract.js';
import type { AccessProvenanceService } from './access-provenance.service.js';
import type { AccessSubject, AccessSubjectService } from './access-subject.service.js';
import type { ResourceOwnersService } from './resource-owners.service.js';

/** What is to be decided. */
export interface AccessRequest {
  readonly action: GuardedAction;
  readonly resource: AskedResource | null;
}

/** Why something is allowed. */
export interface AccessReasonFacts {
  /** The rules that were met, in words. */
  readonly rule: string;
  /** The role that gives the permission which let them through. */
  readonly role: string | null;
  /** How that is held: `role`, `group:<name>`, `scope` of an API key; `owner` for what is one's own. */
  readonly via: string | null;
}

/** The answer; why it is yes is found out when somebody asks. */
export type AccessVerdict =
  | { readonly allowed: true; readonly reason: () => Promise<AccessReasonFacts> }
  | { readonly allowed: false; readonly missing: Missing };

interface Deps {
  readonly clock: Clock;
  readonly freshSeconds: number;
  /** Every permission that the product and its operators declare. */
  readonly registry: ReadonlySet<string>;
  readonly accessRules: FurtherRules;
  readonly accessProvenance: AccessProvenanceService;
  readonly accessSubjects: AccessSubjectService;
  readonly resourceOwners: ResourceOwnersService;
}

/** Tells whether somebody may do something, and why or what is missing, by the rules that guard it when they do. */
export class AccessDecisionService {
  constructor(private readonly deps: Deps) {}

  /**
   * Whether the caller may. What an operator's rule says is told to those who may ask for reasons alone. Throws
   * ACCESS_ACTION_UNKNOWN or ACCESS_RULE_UNAVAILABLE.
   */
  async decide(caller: Caller, request: AccessRequest): Promise<AccessVerdict> {
    return await this.judge(caller, request, hasPermission(caller.principal, 'access:explain'));
  }

  /** Whether somebody else might, as far as it can be told without them. Throws as `decide` does. */
  async explain(
    { requestId }: Caller,
    subject: AccessSubject,
    request: AccessRequest,
  ): Promise<AccessVerdict> {
    const stand = await this.deps.accessSubjects.find(subject, requestId);
    this.assertKnown(request.action);
    return stand
      ? await this.judge(stand, request, true)
      : refused({ rule: 'an account, a credential and a session that may be used' });
  }

  private async judge(caller: Caller, request: AccessRequest, tellsAll: boolean): Promise<AccessVerdict> {
    const { action, resource } = request;
    this.assertKnown(action);
    const owner = resource && (await this.deps.resourceOwners.find(resource));
    const question = this.questionOf(caller, request, owner ?? null);
    const verdict = action.rule.judge(question);
    if (verdict !== true) return refused(verdict.missing ?? {});
    const isOwner = owner !== null && caller.principal.kind === 'user' && owner === caller.principal.id;
    const others = this.refusalAboutOthers(caller.principal, request, isOwner);
    if (others) return refused(others);
    const further = this.askOperator(caller, request, question);
    if (further !== true)
      return refused(tellsAll ? (further.missing ?? {}) : { rule: 'a rule of the operator' });
    const reason = async () => await this.reasonOf(question, request, { isOwner, tellsAll });
    return { allowed: true, reason };
  }

  private assertKnown({ name, place }: GuardedAction): void {
    if (place === 'permission' && !this.deps.registry.has(name)) {
      throw accessDecisionsErrors.ACCESS_ACTION_UNKNOWN();
    }
  }

  private questionOf(caller: Caller, { action, resource }: AccessRequest, owner: string | null): Question {
    const { clock, freshSeconds } = this.deps;
    const asked = { caller, now: clock.now(), freshSeconds, args: resource ? argumentsOf(resource) : {} };
    if (action.place !== 'below') return { ...asked, parent: undefined };
    // What it hangs on is of one type: the owner of anything else is not the owner of that.
    const isOfType = resource?.type === resourceTypeOf(action.name);
    return { ...asked, parent: isOfType ? { id: resource.id, userId: owner } : {} };
  }

  /**
   * Many fields let everybody in who is signed in, and do to one's own what they are for. To what is somebody else's, only
   * those do it who hold a permission that the field knows. What is of a type that nobody here knows is nobody's own.
   */
  private refusalAboutOthers(
    principal: Principal,
    { action, resource }: AccessRequest,
    isOwner: boolean,
  ): Missing | null {
    if (isOwner || action.place !== 'root' || !resource) return null;
    const permissions = permissionsOf(action.rule);
    if (permissions.some((permission) => hasPermission(principal, permission))) return null;
    const [permission] = permissions;
    return permission === undefined ? { rule: 'the user it belongs to' } : { permission };
  }

  private askOperator(
    caller: Caller,
    { action, resource }: AccessRequest,
    { args, now }: Question,
  ): true | AuthError {
    const { name, place, rule, sensitive } = action;
    const further = this.deps.accessRules.judgeOf({ name, permissions: permissionsOf(rule) });
    if (!further) return true;
    const hidden = place === 'permission' || sensitive;
    const verdict = further({ caller, resource, args: hidden ? null : args, now });
    // Neither yes nor no: whoever asks has to ask again.
    if (verdict !== true && verdict.code !== errors.FORBIDDEN().code) throw verdict;
    return verdict;
  }

  private async reasonOf(
    question: Question,
    { action }: AccessRequest,
    { isOwner, tellsAll }: { readonly isOwner: boolean; readonly tellsAll: boolean },
  ): Promise<AccessReasonFacts> {
    const { principal } = question.caller;
    const grounds = groundsOf(action.rule, question);
    const rule = grounds.map(({ description }) => description).join('; and ');
    const held = permissionsOf(action.rule).find((permission) => hasPermission(principal, permission));
    const asked = grounds.find(({ needs }) => needs?.permission !== undefined)?.needs?.permission;
    const permission = asked ?? (isOwner ? undefined : held);
    if (permission !== undefined)
      return { rule, ...(await this.provenanceOf(principal, permission, tellsAll)) };
    const owns = isOwner || grounds.some(({ needs }) => needs?.ownership);
    return { rule, role: null, via: owns ? 'owner' : null };
  }

  /** A key is not told by which roles of its owner it may do something: whoever has it may have found it. */
  private async provenanceOf(
    principal: Principal,
    permission: string,
    tellsAll: boolean,
  ): Promise<Pick<AccessReasonFacts, 'role' | 'via'>> {
    if (principal.kind === 'anonymous' || principal.kind === 'system') return { role: null, via: null };
    const { accessProvenance } = this.deps;
    if (principal.kind !== 'api_key') {
      return (await accessProvenance.find(principal, permission)) ?? { role: null, via: null };
    }
    const found = tellsAll ? await accessProvenance.find(principal.owner, permission) : null;
    return { role: found?.role ?? null, via: 'scope' };
  }
}

function refused(missing: Missing): AccessVerdict {
  return { allowed: false, missing };
}

/** The attributes of a resource stand for the arguments of the field; its id for the one that names it. */
function argumentsOf({ type, id, attributes }: AskedResource): Record<string, unknown> {
  const idName = `${type.replaceAll(/_([a-z])/g, (_all, letter: string) => letter.toUpperCase())}Id`;
  const named = id === null ? attributes : { ...attributes, id, [idName]: id };
  return { ...named, input: named };
}
