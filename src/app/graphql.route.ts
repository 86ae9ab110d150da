import type { ApolloServer } from '@apollo/server';
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { z } from 'zod';
import type { GraphQLContext } from '../graphql/context.js';
import { httpErrors } from '../http/http-errors.js';
import type { RequestContexts } from './request-context.js';

/** The request of GraphQL over HTTP; `extensions` are accepted and ignored. */
const operation = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

interface Options {
  readonly apollo: ApolloServer<GraphQLContext>;
  readonly contexts: RequestContexts;
}

/**
 * `POST /graphql`: one operation as JSON. No GET, no batches, no forms: a page elsewhere cannot send
 * `application/json` without asking first (CORS preflight), so no request is forged across sites.
 */
export const graphqlRoute =
  ({ apollo, contexts }: Options) =>
  (server: FastifyInstance) => {
    server.removeContentTypeParser('text/plain');
    server.post('/graphql', async (request, reply) => {
      if (Array.isArray(request.body)) throw httpErrors.BATCH_REFUSED();
      const parsed = operation.safeParse(request.body);
      if (!parsed.success) throw httpErrors.OPERATION_INVALID();
      const { query, variables, operationName } = parsed.data;
      const { body } = await apollo.executeOperation(
        {
          query,
          ...(variables ? { variables } : {}),
          ...(operationName ? { operationName } : {}),
        },
        { contextValue: await contexts.contextOf(request, reply) },
      );
      // No resolver streams, so there is one result.
      if (body.kind !== 'single') throw new Error('An operation gave more than one result.');
      return answer(reply, body.singleResult);
    });
  };

/** When the whole operation was refused, HTTP says so too. */
function answer(
  reply: FastifyReply,
  result: Omit<ExecutionResult, 'errors'> & { errors?: readonly GraphQLFormattedError[] },
) {
  const [first] = result.errors ?? [];
  if (first && Object.values(result.data ?? {}).every((field) => field === null)) {
    const { status, retryAfter } = first.extensions ?? {};
    reply.code(typeof status === 'number' ? status : 400);
    if (typeof retryAfter === 'number') reply.header('retry-after', String(retryAfter));
  }
  return reply.type('application/json').send(JSON.stringify(result));
}
