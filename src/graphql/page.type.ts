import { Max, Min } from 'class-validator';
import { ArgsType, type ClassType, Field, Int, ObjectType } from 'type-graphql';
import type { Page, PageRequest } from '../kernel/cursor.js';

/** The arguments of every list. */
@ArgsType()
export class PageArgs {
  @Field(() => Int, { defaultValue: 20, description: 'How many at most, 1 to 100.' })
  @Min(1)
  @Max(100)
  first!: number;

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  after!: string | null;

  toRequest(): PageRequest {
    return { first: this.first, after: this.after ?? null };
  }
}

@ObjectType({ description: 'Where a page stands in its list (Relay cursor connections).' })
export class PageInfo {
  @Field(() => Boolean, { description: 'Whether there is a page after this one.' })
  hasNextPage!: boolean;

  @Field(() => String, { nullable: true, description: 'The cursor of the last row; pass it as `after`.' })
  endCursor!: string | null;
}

export interface ConnectionShape<Node> {
  edges: { cursor: string; node: Node }[];
  pageInfo: PageInfo;
}

/** The `<Node>Connection` and `<Node>Edge` types of a list of `nodeType`. */
export function connectionOf<Node extends object>(
  name: string,
  nodeType: ClassType<Node>,
): ClassType<ConnectionShape<Node>> {
  @ObjectType(`${name}Edge`, { description: `One row of a ${name} list.` })
  class Edge {
    @Field(() => String, { description: 'The opaque place of this row in the list.' })
    cursor!: string;

    @Field(() => nodeType, { description: 'The row.' })
    node!: Node;
  }

  @ObjectType(`${name}Connection`, { description: `A page of a ${name} list.` })
  class Connection {
    @Field(() => [Edge], { description: 'The rows of this page, in order.' })
    edges!: Edge[];

    @Field(() => PageInfo, { description: 'Whether and where the list goes on.' })
    pageInfo!: PageInfo;
  }
  return Connection;
}

/** A page as its connection type. */
export function toConnection<Node>(page: Page<Node>): ConnectionShape<Node> {
  return {
    edges: [...page.edges],
    pageInfo: { hasNextPage: page.hasNextPage, endCursor: page.edges.at(-1)?.cursor ?? null },
  };
}
