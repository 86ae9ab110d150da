import type { EventFeed } from '../../platform/events/event-feed.js';
import {
  groupDeleted,
  groupMemberAdded,
  groupMemberRemoved,
  roleAssigned,
  roleDeleted,
  roleRevoked,
  roleUpdated,
} from './access.contract.js';

/** What is remembered of holders, by their ids. */
interface Remembered {
  drop(holderId: string): void;
  clear(): void;
}

/**
 * Forgets what holders may do as soon as the feed says that it changes. What happens to a role or a group concerns people
 * whom its event does not name: it is rare, and all are read anew.
 */
export function forgetStaleGrants(feed: EventFeed, grants: Remembered): void {
  for (const { name } of [roleAssigned, roleRevoked]) {
    feed.on(name, ({ subjectId, payload }) => {
      if (payload['holderKind'] === 'group') grants.clear();
      else grants.drop(subjectId);
    });
  }
  for (const { name } of [groupMemberAdded, groupMemberRemoved]) {
    feed.on(name, ({ userId }) => {
      if (userId !== null) grants.drop(userId);
    });
  }
  for (const { name } of [roleUpdated, roleDeleted, groupDeleted]) feed.on(name, () => grants.clear());
}
