import { Field, Int, ObjectType } from 'type-graphql';
import type { Missing } from '../../../kernel/decision.js';
import type { AccessReasonFacts, AccessVerdict } from './access-decision.service.js';

@ObjectType({ description: 'Why something is allowed.' })
export class AccessReason implements AccessReasonFacts {
  @Field(() => String, { description: 'The rules that were met, in the words of the permission reference.' })
  rule!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The role that gives the permission. Null without one, and for an API key that asks about itself.',
  })
  role!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'How it is held: `role` (given to them), `group:<name>` (to a group of theirs), `scope` (of an API key), `owner` ' +
      '(it is their own); null where the rule asks for none of it.',
  })
  via!: string | null;
}

@ObjectType({ description: 'What would have to be different. All that is set is missing.' })
export class AccessMissing {
  @Field(() => String, { nullable: true, description: 'A permission, by name.' })
  permission!: string | null;

  @Field(() => String, { nullable: true, description: 'An assurance level of the session: `aal2`.' })
  assurance!: string | null;

  @Field(() => Int, {
    nullable: true,
    description: 'A proof of identity that is not older than so many seconds.',
  })
  freshness!: number | null;

  @Field(() => String, {
    nullable: true,
    description:
      'A rule that no permission and no proof meets, in words. That of an operator is told to callers with ' +
      '`access:explain` alone.',
  })
  rule!: string | null;

  static of({ permission, assurance, freshness, rule }: Missing): AccessMissing {
    return Object.assign(new AccessMissing(), {
      permission: permission ?? null,
      assurance: assurance ?? null,
      freshness: freshness ?? null,
      rule: rule ?? null,
    });
  }
}

@ObjectType({ description: 'Whether somebody may do something at this moment; no promise for the next.' })
export class AccessDecision {
  /** Why, for who asks that too: it may cost a query. */
  reason: (() => Promise<AccessReasonFacts>) | null = null;

  @Field(() => Boolean, { description: 'Whether they may.' })
  allowed!: boolean;

  @Field(() => AccessMissing, { nullable: true, description: 'What is missing; null when it is allowed.' })
  missing!: AccessMissing | null;

  static of(verdict: AccessVerdict): AccessDecision {
    const { allowed } = verdict;
    return Object.assign(new AccessDecision(), {
      allowed,
      missing: verdict.allowed ? null : AccessMissing.of(verdict.missing),
      reason: verdict.allowed ? verdict.reason : null,
    });
  }
}
