import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import type { ApolloServerOptions } from '@apollo/server';
import { LRUCache } from 'lru-cache';
import { countTokens, LIMITS, limitErrors, limitsRule } from './limits.js';

/** A document that may be run, or what is wrong with it. */
export type ReadDocument = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** Parses and validates documents for the websocket, once each: the same text costs a look-up the next time. */
export class Documents {
  private readonly read = documentCache<ReadDocument & { document: DocumentNode }>(
    ({ document }) => document,
  );

  constructor(
    private readonly schema: GraphQLSchema,
    /** In production nobody is told which name was meant: guesses would spell out the schema. */
    private readonly options: { readonly hideSuggestions: boolean },
  ) {}

  /** The document of that text. Never throws. */
  get(text: string): ReadDocument {
    const known = this.read.get(text);
    if (known) return known;
    const read = this.parse(text);
    // Bad ones are not kept: their errors hold on to everything that was parsed.
    if ('document' in read) this.read.set(text, read);
    return read;
  }

  private parse(text: string): ReadDocument {
    try {
      const document = parse(text, { maxLexicalTokens: LIMITS.consoleTokens });
      const options = { maxErrors: 20, ...this.options };
      const errors = validate(this.schema, document, [...specifiedRules, limitsRule], options);
      return errors.length > 0 ? { errors } : { document };
    } catch (error) {
      if (isTooDeep(error)) return { errors: [tooDeep()] };
      if (!(error instanceof GraphQLError)) throw error;
      return { errors: [new GraphQLError(error.message, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } })] };
    }
  }
}

/** Parsed documents of HTTP, for Apollo's own look-ups. */
export function createDocumentStore(): NonNullable<ApolloServerOptions<object>['documentStore']> {
  const cache = documentCache<DocumentNode>((document) => document);
  return {
    get: async (key) => cache.get(key),
    set: async (key, document) => void cache.set(key, document),
    delete: async (key) => cache.delete(key),
  };
}

/** Holds documents of 50,000 tokens in all, about ten megabytes, whatever strangers send. */
function documentCache<Value extends object>(documentOf: (value: Value) => DocumentNode) {
  return new LRUCache<string, Value>({
    maxSize: 50_000,
    maxEntrySize: LIMITS.tokens,
    sizeCalculation: (value) => countTokens(documentOf(value)) + 1,
  });
}

/** Whether the parser ran out of stack: what it read nests deeper than any limit of ours. */
export function isTooDeep(error: unknown): boolean {
  return error instanceof RangeError && error.message.includes('call stack');
}

function tooDeep(): GraphQLError {
  const { code, status, message } = limitErrors.QUERY_TOO_DEEP();
  return new GraphQLError(message, { extensions: { code, status } });
}
