import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { type GraphQLSchema, OperationTypeNode } from 'graphql';
import type { GraphQLContext } from '../graphql/context.js';
import type { DocumentPolicy } from '../graphql/document-policy.js';
import { LIMITS, limitsRule } from '../graphql/limits.js';
import { createDocumentStore } from '../graphql/documents.js';
import { httpErrors } from '../http/http-errors.js';
import type { FormatError } from './error-formatter.js';

interface Options {
  readonly schema: GraphQLSchema;
  readonly format: FormatError;
  readonly policy: DocumentPolicy;
}

/** Apollo Server with its defaults hardened; it runs operations, the HTTP around them is our own route. */
export function createApollo({ schema, format, policy }: Options): ApolloServer<GraphQLContext> {
  return new ApolloServer<GraphQLContext>({
    schema,
    // Who may see the schema is judged per caller, by the document policy.
    introspection: true,
    hideSchemaDetailsFromClientErrors: policy.production,
    includeStacktraceInErrorResponses: false,
    persistedQueries: false,
    documentStore: createDocumentStore(),
    parseOptions: { maxLexicalTokens: LIMITS.consoleTokens },
    validationRules: [limitsRule],
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
      perOperation(policy, format),
    ],
  });
}

/** Judges parsed documents by who sends them, and gives every error its public form. */
function perOperation(policy: DocumentPolicy, format: FormatError): ApolloServerPlugin<GraphQLContext> {
  return {
    requestDidStart: async () => ({
      didResolveOperation: async ({ document, operation, contextValue }) => {
        if (operation?.operation === OperationTypeNode.SUBSCRIPTION)
          throw httpErrors.SUBSCRIPTION_OVER_HTTP();
        const refusal = policy.judge(document, contextValue.caller);
        if (refusal) throw refusal;
      },
      willSendResponse: async ({ errors, response: { body }, contextValue }) => {
        if (!errors || body.kind !== 'single') return;
        const { requestId } = contextValue.caller;
        body.singleResult.errors = errors.map((error) => format(error, error, requestId));
      },
    }),
  };
}
