import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql';
import { buildPlainSchema } from '../graphql/build-schema.js';
import { EventStreams } from '../platform/events/event-streams.js';
import { allFeatures } from './features.js';

/** The schema of all features, for reading: its resolvers stand on nothing and are never called. */
export function schemaOfAllFeatures(): GraphQLSchema {
  const resolvers = allFeatures.flatMap((feature) => feature.resolvers);
  return buildPlainSchema(resolvers, {}, Object.create(EventStreams.prototype) as EventStreams);
}

/** `schema.graphql`: sorted, so that a change of order is no change. */
export function printSchemaText(): string {
  return `${printSchema(lexicographicSortSchema(schemaOfAllFeatures()))}\n`;
}
