import { allFeatures } from '../../src/app/features.js';
import type { EventDefinition } from '../../src/kernel/event.js';
import { table } from './table.js';

/** Every event, with the feature that declares it. */
export function publishedEvents(): { definition: EventDefinition; feature: string }[] {
  return allFeatures.flatMap(({ name, events }) =>
    events.map((definition) => ({ definition, feature: name })),
  );
}

/** The text of `docs/reference/events.md`. */
export function renderEvents(): string {
  const rows = publishedEvents().map(({ definition: { name, audit, stream, webhook }, feature }) => [
    `\`${name}\``,
    audit === false ? 'not audited' : audit,
    yesOrNo(stream),
    yesOrNo(webhook),
    feature,
  ]);
  const lines = [
    '# Events',
    '',
    'Generated from the contracts in `src/features/`. A name is never changed.',
    '',
    'An event is written in the transaction that makes it true. `audit` is the sentence of the audit trail.',
    '`streamed` events are delivered to every process, where caches and subscriptions hear them. `webhook` marks',
    'those kept for delivery to other systems.',
    '',
    ...table(['event', 'audit', 'streamed', 'webhook', 'feature'], rows),
  ];
  return `${lines.join('\n')}\n`;
}

function yesOrNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
