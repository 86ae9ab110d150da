import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { LIMITS, limitsRule } from './limits.js';

/** A document that may be run, or what is wrong with it. */
export type ReadDocument = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] };

/** Parses and validates documents for the websocket, once each: the same text costs a look-up the next time. */
export class Documents {
  private readonly read = new LRUCache<string, ReadDocument>({
    max: 500,
    maxSize: 4_000_000,
    sizeCalculation: (_, text) => text.length + 1,
  });

  constructor(
    private readonly schema: GraphQLSchema,
    /** In production nobody is told which name was meant: guesses would spell out the schema. */
    private readonly options: { readonly hideSuggestions: boolean },
  ) {}

  /** The document of that text. Never throws. */
  get(text: string): ReadDocument {
    const known = this.read.get(text) ?? this.parse(text);
    this.read.set(text, known);
    return known;
  }

  private parse(text: string): ReadDocument {
    try {
      const document = parse(text, { maxLexicalTokens: LIMITS.consoleTokens });
      const options = { maxErrors: 20, ...this.options };
      const errors = validate(this.schema, document, [...specifiedRules, limitsRule], options);
      return errors.length > 0 ? { errors } : { document };
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { errors: [new GraphQLError(error.message, { extensions: { code: 'GRAPHQL_PARSE_FAILED' } })] };
    }
  }
}
