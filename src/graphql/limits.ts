import {
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql';
import { defineErrors } from '../kernel/errors.js';

export const limitErrors = defineErrors({
  QUERY_TOO_DEEP: { status: 400, message: 'The operation nests too deeply.' },
  QUERY_TOO_MANY_ALIASES: { status: 400, message: 'The operation has too many aliases.' },
  QUERY_TOO_MANY_ROOT_FIELDS: { status: 400, message: 'The operation has too many root fields.' },
  QUERY_TOO_LARGE: { status: 400, message: 'The document has too many tokens.' },
  ONE_SENSITIVE_FIELD: {
    status: 400,
    message: 'A document may hold one sign-in, refresh or other sensitive field, once.',
  },
  INTROSPECTION_DISABLED: { status: 403, message: 'Introspection needs the permission schema:read.' },
});

/** The published limits of a document, counted through fragments. */
export const LIMITS = {
  depth: 12,
  aliases: 15,
  rootFields: 10,
  tokens: 1_000,
  consoleTokens: 4_000,
} as const;

/** What one walk through a selection, fragments spread out, counts. */
interface Counts {
  depth: number;
  aliases: number;
  rootFields: number;
  sensitive: number;
}

/** Refuses documents beyond the limits before anything runs; the same rule serves HTTP and websocket. */
export function limitsRule(context: ValidationContext): ASTVisitor {
  return {
    Document(document) {
      const counter = new Counter(context, document);
      const totals = counter.count();
      const refuse = (error: { code: string; message: string; status: number }): void =>
        context.reportError(
          new GraphQLError(error.message, { extensions: { code: error.code, status: error.status } }),
        );
      if (totals.depth > LIMITS.depth) refuse(limitErrors.QUERY_TOO_DEEP());
      if (totals.aliases > LIMITS.aliases) refuse(limitErrors.QUERY_TOO_MANY_ALIASES());
      if (totals.rootFields > LIMITS.rootFields) refuse(limitErrors.QUERY_TOO_MANY_ROOT_FIELDS());
      if (totals.sensitive > 1) refuse(limitErrors.ONE_SENSITIVE_FIELD());
    },
  };
}

/** Counts a document. Each fragment is walked once and remembered, so spreading cannot make it exponential. */
class Counter {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  private readonly known = new Map<string, Counts>();
  private readonly sensitiveNames: ReadonlySet<string>;

  constructor(
    context: ValidationContext,
    private readonly document: DocumentNode,
  ) {
    const schema = context.getSchema();
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const fields = roots.flatMap((type) => Object.values(type?.getFields() ?? {}));
    this.sensitiveNames = new Set(
      fields.filter(({ extensions }) => extensions['sensitive'] === true).map(({ name }) => name),
    );
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  count(): Counts {
    const totals = empty();
    for (const definition of this.document.definitions) {
      if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
      const counts = this.selection(definition.selectionSet);
      totals.depth = Math.max(totals.depth, counts.depth);
      totals.aliases += counts.aliases;
      totals.rootFields = Math.max(totals.rootFields, counts.rootFields);
      totals.sensitive += counts.sensitive;
    }
    return totals;
  }

  private selection(set: SelectionSetNode): Counts {
    const totals = empty();
    for (const selection of set.selections) {
      const counts =
        selection.kind === Kind.FIELD
          ? this.field(selection)
          : selection.kind === Kind.INLINE_FRAGMENT
            ? this.selection(selection.selectionSet)
            : this.fragment(selection.name.value);
      totals.depth = Math.max(totals.depth, counts.depth);
      totals.aliases += counts.aliases;
      totals.rootFields += counts.rootFields;
      totals.sensitive += counts.sensitive;
    }
    return totals;
  }

  private field(field: FieldNode): Counts {
    const below = field.selectionSet ? this.selection(field.selectionSet) : empty();
    const introspection = field.name.value.startsWith('__');
    return {
      // graphql-js bounds introspection itself; its own depth says nothing about ours.
      depth: introspection ? 1 : 1 + below.depth,
      aliases: (field.alias ? 1 : 0) + below.aliases,
      rootFields: 1,
      // A field of that name below the root is not the root field, but no schema of ours has both.
      sensitive: (this.sensitiveNames.has(field.name.value) ? 1 : 0) + below.sensitive,
    };
  }

  private fragment(name: string): Counts {
    const known = this.known.get(name);
    if (known) return known;
    // Entered before the walk: a fragment that spreads itself counts nothing more (and is refused elsewhere).
    this.known.set(name, empty());
    const fragment = this.fragments.get(name);
    const counts = fragment ? this.selection(fragment.selectionSet) : empty();
    this.known.set(name, counts);
    return counts;
  }
}

function empty(): Counts {
  return { depth: 0, aliases: 0, rootFields: 0, sensitive: 0 };
}

const tokenCounts = new WeakMap<DocumentNode, number>();

/** How many lexical tokens the parsed document has. */
export function countTokens(document: DocumentNode): number {
  const known = tokenCounts.get(document);
  if (known !== undefined) return known;
  let count = 0;
  for (let token = document.loc?.startToken.next; token?.next; token = token.next) count += 1;
  tokenCounts.set(document, count);
  return count;
}

/** Whether the document asks about the schema itself. */
export function asksForSchema(document: DocumentNode): boolean {
  return document.definitions.some(
    (definition) => 'selectionSet' in definition && selectsSchema(definition.selectionSet),
  );
}

function selectsSchema(set: SelectionSetNode | undefined): boolean {
  return (set?.selections ?? []).some(
    (selection) =>
      (selection.kind === Kind.FIELD && ['__schema', '__type'].includes(selection.name.value)) ||
      (selection.kind !== Kind.FRAGMENT_SPREAD && selectsSchema(selection.selectionSet)),
  );
}
