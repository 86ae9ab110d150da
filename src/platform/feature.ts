import type { EntitySchema } from '@mikro-orm/core';
import type { ErrorDefinition, errorCatalogue } from '../kernel/errors.js';
import type { EventDefinition } from '../kernel/event.js';
import type { PermissionCatalogue } from '../kernel/permission.js';
import type { MailDefinition } from './mail/mail-definition.js';
import type { PersonalData } from './personal-data.js';

/** A recurring piece of work: what it is called, when it runs (cron, UTC) and what it does. */
export interface JobDefinition<Services> {
  readonly name: string;
  readonly schedule: string;
  run(services: Services): Promise<unknown>;
}

/** Mounts plain HTTP endpoints; `server` is the Fastify instance, typed by the route file itself. */
export type RouteDefinition<Services> = (services: Services) => unknown;

/** A class whose constructor takes the services it needs. */
// eslint-disable-next-line typescript/no-explicit-any -- each resolver declares its own slice of the services
export type ResolverClass = new (deps: any) => object;

/** The table of contents of a feature folder: everything the application wires, by name. */
export interface Feature<Services> {
  readonly name: string;
  /** Features that must be mounted with it. */
  readonly needs: readonly string[];
  readonly entities: readonly EntitySchema[];
  readonly resolvers: readonly ResolverClass[];
  readonly routes: readonly RouteDefinition<Services>[];
  readonly jobs: readonly JobDefinition<Services>[];
  readonly errors: readonly { readonly [errorCatalogue]: Readonly<Record<string, ErrorDefinition>> }[];
  readonly events: readonly EventDefinition[];
  readonly permissions: PermissionCatalogue;
  /** The kinds of messages it sends; by default none. */
  readonly mails?: readonly MailDefinition[];
  /** Every table of it that holds something about a person; by default none. */
  readonly personalData?: readonly PersonalData[];
}
