import { Arg, type ArgsDictionary, Resolver, Root, Subscription } from 'type-graphql';
import { hasPermission } from '../../kernel/caller.js';
import { Allow, can, either, signedIn } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { RecordedEvent } from '../../platform/events/event-bus.js';
import { eventCursor, type StreamRequest } from '../../platform/events/event-streams.js';
import { SessionRevokedEvent } from './session.type.js';
import { sessionRevoked } from './sessions.contract.js';

@Resolver()
export class SessionSubscription {
  @Allow(either(can('sessions:watch'), signedIn))
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
