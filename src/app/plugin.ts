import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createDocumentPolicy } from '../graphql/document-policy.js';
import { buildGuardedSchema } from '../graphql/build-schema.js';
import { createClientPlace } from '../http/client-place.js';
import { consoleRoutes } from '../http/console.route.js';
import { cors } from '../http/cors.js';
import { CsrfGuard } from '../http/csrf.js';
import { DeviceCookie } from '../http/device-cookie.js';
import { devMailboxRoutes } from '../http/dev-mailbox.route.js';
import { errorHandler } from '../http/error-handler.js';
import { healthRoutes } from '../http/health.route.js';
import { requestCounts } from '../http/request-counts.js';
import { securityHeaders } from '../http/security-headers.js';
import { isDatabaseUnavailable } from '../platform/database/unavailable.js';
import type { Feature } from '../platform/feature.js';
import { DevMailbox } from '../platform/mail/dev-mailbox.js';
import { packageRoot } from '../platform/package-root.js';
import { createApollo } from './apollo.js';
import { createErrorFormatter } from './error-formatter.js';
import { graphqlRoute } from './graphql.route.js';
import { RequestContexts } from './request-context.js';
import type { Services } from './services.js';
import { SocketRegistry } from './socket-registry.js';
import { GraphQLSockets } from './sockets.js';

/**
 * Everything of Latchkey that answers HTTP, as one Fastify plugin. `embedded`: unknown addresses, and what else
 * is not ours, are left to the application around it.
 */
export function createPlugin(
  services: Services,
  features: readonly Feature<Services>[],
  { embedded = false }: { readonly embedded?: boolean } = {},
) {
  return async (server: FastifyInstance): Promise<void> => {
    const { config } = services;
    await server.register(securityHeaders, config.server);
    await server.register(requestCounts, services);
    await server.register(cors, { cors: config.cors, publicUrl: config.server.publicUrl });
    await server.register(errorHandler, {
      isUnavailable: isDatabaseUnavailable,
      answersUnknown: !embedded,
    });
    await server.register(healthRoutes, { checks: readinessChecks(services) });
    await server.register(consoleRoutes, { directory: join(packageRoot, 'console/dist') });
    if (services.mailer instanceof DevMailbox) {
      await server.register(devMailboxRoutes, {
        mailbox: services.mailer,
        texts: services.mailTexts,
        definitions: features.flatMap(({ mails = [] }) => mails),
        environment: config.environment,
      });
    }
    for (const route of features.flatMap(({ routes }) => routes)) {
      await server.register(async (scope) => {
        await (route(services) as (scope: FastifyInstance) => unknown)(scope);
      });
    }
    await mountGraphQL(server, services, features);
  };
}

async function mountGraphQL(
  server: FastifyInstance,
  services: Services,
  features: readonly Feature<Services>[],
): Promise<void> {
  const resolvers = features.flatMap((feature) => feature.resolvers);
  if (resolvers.length === 0) return;
  const { config, cookies } = services;
  const schema = buildGuardedSchema(resolvers, services, services.streams, {
    clock: services.clock,
    freshSeconds: config.freshSeconds,
    furtherRules: services.accessRules,
  });
  const format = createErrorFormatter(services.logger);
  const policy = createDocumentPolicy(config.environment);
  const origins = { cors: config.cors, publicUrl: config.server.publicUrl };
  const asking = {
    ...services,
    clientPlace: createClientPlace(config.places.header, config.server.trustedProxies),
    csrf: new CsrfGuard({ cookies, origins, secrets: config.cookies }),
    device: new DeviceCookie({ ...services, secrets: config.cookies }),
  };
  const apollo = createApollo({ schema, format, policy });
  await apollo.start();
  const sockets = new GraphQLSockets({
    ...asking,
    schema,
    registry: new SocketRegistry(services),
    policy,
    format,
    origins,
    maxPayloadBytes: config.server.bodyLimitBytes,
  });
  sockets.listenOn(server.server);
  server.addHook('preClose', async () => await sockets.close());
  server.addHook('onClose', async () => await apollo.stop());
  const contexts = new RequestContexts(asking);
  await server.register(async (scope) => graphqlRoute({ apollo, contexts })(scope));
}

function readinessChecks({ statements, feed }: Services) {
  const ping = { name: 'health-ping', text: 'select 1' };
  return {
    database: async () => (await statements.run(ping, [])).length === 1,
    events: async () => feed.isCurrent(),
  };
}
