import { createPubSub, type PubSub as YogaPubSub } from '@graphql-yoga/subscription';

/** Topic and key to listeners within this process; the event feed brings events of other processes to it. */
export type PubSub = YogaPubSub<Record<string, [key: string, payload: unknown]>>;

/** A new, empty hub. */
export function openPubSub(): PubSub {
  return createPubSub<Record<string, [key: string, payload: unknown]>>();
}
