import { Max, Min } from 'class-validator';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import type { Page, PageRequest } from '../../kernel/cursor.js';
import { PageInfo } from '../../graphql/page.type.js';
import { EXPORT_PAGE } from './export-users.service.js';

@ArgsType()
export class ExportArgs {
  @Field(() => Int, { defaultValue: EXPORT_PAGE, description: 'How many at most, 1 to 1,000.' })
  @Min(1)
  @Max(EXPORT_PAGE)
  first!: number;

  @Field(() => String, { nullable: true, description: 'The `endCursor` of the page before.' })
  after!: string | null;

  toRequest(): PageRequest {
    return { first: this.first, after: this.after ?? null };
  }
}

@ObjectType({ description: 'A page of accounts as text.' })
export class UserExport {
  @Field(() => String, { description: 'One JSON object a line, as `importUsers` takes them.' })
  jsonLines!: string;

  @Field(() => Int, { description: 'How many lines there are.' })
  count!: number;

  @Field(() => PageInfo, { description: 'Whether and where it goes on.' })
  pageInfo!: PageInfo;

  static of({ edges, hasNextPage }: Page<string>): UserExport {
    return Object.assign(new UserExport(), {
      jsonLines: edges.map(({ node }) => `${node}\n`).join(''),
      count: edges.length,
      pageInfo: { hasNextPage, endCursor: edges.at(-1)?.cursor ?? null },
    });
  }
}
