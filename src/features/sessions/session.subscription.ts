import { Arg, type ArgsDictionary, Resolver, Root, Subscription } from 'type-graphql';
import { hasPermission } from '../../kernel/caller.js';
import { Allow, can, either, type Rule, signedIn } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { errors } from '../../kernel/errors.js';
import type { RecordedEvent } from '../../platform/events/event-bus.js';
import { eventCursor, type StreamRequest } from '../../platform/events/event-streams.js';
import { SessionRevokedEvent } from './session.type.js';
import { sessionRevoked } from './sessions.contract.js';

const watching = either(can('sessions:watch'), signedIn);

/** A stream that was opened for everybody's sessions must not go on after its listener may hear of their own only. */
const heard: Rule = {
  ...watching,
  judge: (question) => {
    const { principal } = question.caller;
    const verdict = watching.judge(question);
    if (verdict !== true || question.parent === undefined || hasPermission(principal, 'sessions:watch'))
      return verdict;
    const { userId } = question.parent as RecordedEvent;
    const isOwn = principal.kind === 'user' && userId === principal.id;
    return isOwn ? true : errors.FORBIDDEN({ missing: { permission: 'sessions:watch' } });
  },
};

@Resolver()
export class SessionSubscription {
  @Allow(heard)
  @Subscription(() => SessionRevokedEvent, {
    topics: sessionRevoked.name,
    topicId: ({ args, context }: { args: ArgsDictionary; context: GraphQLContext }) =>
      streamRequest(args, context),
    description:
      'Sessions as they end: every one for a caller with `sessions:watch`, otherwise the caller’s own. ' +
      'Each arrives within a second of its end, on every node.',
  })
  sessionRevoked(
    @Root() event: RecordedEvent,
    @Arg('after', () => String, {
      nullable: true,
      description: 'The last `cursor` heard: what ended since comes first. EVENTS_GONE after seven days.',
    })
    _after: string | null,
  ): SessionRevokedEvent {
    return {
      sessionId: event.subjectId,
      userId: event.userId ?? '',
      reason: String(event.payload['reason']),
      revokedAt: event.occurredAt,
      cursor: eventCursor(event),
    };
  }
}

function streamRequest(args: ArgsDictionary, { caller }: GraphQLContext): StreamRequest {
  const { principal } = caller;
  const after = typeof args['after'] === 'string' ? args['after'] : null;
  const watchesAll = hasPermission(principal, 'sessions:watch');
  return { userId: watchesAll ? null : principal.kind === 'user' ? principal.id : '', after };
}
