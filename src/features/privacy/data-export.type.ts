import { Field, ObjectType } from 'type-graphql';
import { DateTime, JSONObject } from '../../graphql/scalars.js';
import { UserType } from '../users/user.type.js';
import type { DataExport } from './data-export.service.js';
import type { ExportedTable } from './personal-table.js';

@ObjectType({ description: 'What one table holds about a person, as they may read it.' })
export class DataExportSection implements ExportedTable {
  @Field(() => String, { description: 'The feature that the table belongs to.' })
  feature!: string;

  @Field(() => String, { description: 'The name of the table.' })
  table!: string;

  @Field(() => String, { description: 'What it holds about a person.' })
  about!: string;

  @Field(() => JSONObject, {
    description: 'What it holds about this one; of several rows a list under `rows`.',
  })
  data!: object;
}

@ObjectType('DataExport', { description: 'Everything that is kept about a person.' })
export class DataExportType {
  @Field(() => DateTime, { description: 'When the copy was made.' })
  exportedAt!: Date;

  @Field(() => UserType, { description: 'The account.' })
  user!: UserType;

  @Field(() => [DataExportSection], { description: 'What each feature keeps, table by table.' })
  sections!: readonly DataExportSection[];

  static of({ user, ...copy }: DataExport): DataExportType {
    return Object.assign(new DataExportType(), copy, { user: UserType.of(user) });
  }
}
