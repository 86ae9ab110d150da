import 'reflect-metadata';
import type { GraphQLSchema } from 'graphql';
import { validate } from 'class-validator';
import { ArgumentValidationError, buildSchemaSync, type NonEmptyArray } from 'type-graphql';
import type { ResolverClass } from '../platform/feature.js';
import type { EventStreams } from '../platform/events/event-streams.js';
import { refuseUnreadableText } from './readable-text.js';
import { type GuardSettings, guardSchema } from './shield.js';

/** An executable schema in which every root field is guarded; resolvers are built once, from `services`. */
export function buildGuardedSchema(
  resolvers: readonly ResolverClass[],
  services: object,
  streams: EventStreams,
  settings: GuardSettings,
): GraphQLSchema {
  return guardSchema(refuseUnreadableText(buildPlainSchema(resolvers, services, streams)), settings);
}

/** The schema as the resolvers declare it, without guards: for printing and for the reference. */
export function buildPlainSchema(
  resolvers: readonly ResolverClass[],
  services: object,
  streams: EventStreams,
): GraphQLSchema {
  forgetAddedFields();
  const instances = new Map<unknown, object>();
  return buildSchemaSync({
    resolvers: [...resolvers] as unknown as NonEmptyArray<ResolverClass>,
    container: {
      get: (resolver: ResolverClass) => {
        const instance = instances.get(resolver) ?? new resolver(services);
        instances.set(resolver, instance);
        return instance;
      },
    },
    pubSub: streams,
    validateFn: validateInput,
  });
}

/** Throws ArgumentValidationError, which never carries the input back: by default it would, passwords included. */
async function validateInput(value: unknown): Promise<void> {
  const inputs = (Array.isArray(value) ? value : [value]) as unknown[];
  for (const input of inputs) {
    if (typeof input !== 'object' || input === null) continue;
    const faults = await validate(input, VALIDATION);
    if (faults.length > 0) throw new ArgumentValidationError(faults);
  }
}

/** Absent fields are the schema's business; what is there has to fit. */
const VALIDATION = {
  skipMissingProperties: true,
  forbidUnknownValues: false,
  validationError: { target: false, value: false },
} as const;

/**
 * type-graphql writes the fields that a resolver class adds to a type of another into that type's own list, and
 * keeps it for every later schema of the process: one with less mounted would show them all the same.
 */
function forgetAddedFields(): void {
  const storage = Reflect.get(globalThis, 'TypeGraphQLMetadataStorage') as
    | { readonly objectTypes: { fields?: unknown }[] }
    | undefined;
  for (const type of storage?.objectTypes ?? []) type.fields = undefined;
}
