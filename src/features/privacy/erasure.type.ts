import { Field, Int, ObjectType, registerEnumType } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { ErasureAction } from '../../platform/personal-data.js';
import type { Erasure } from './erasure.service.js';
import type { ErasedTable } from './personal-table.js';

const ErasureActionEnum = { DELETED: 'deleted', ANONYMISED: 'anonymised', KEPT: 'kept' } as const;
registerEnumType(ErasureActionEnum, {
  name: 'ErasureAction',
  description: 'What becomes of rows about somebody who is erased.',
  valuesConfig: {
    DELETED: { description: 'They go.' },
    ANONYMISED: { description: 'They stay without what pointed at the person.' },
    KEPT: { description: 'They stay: once the rest is gone, they tell nothing about the person.' },
  },
});

@ObjectType({ description: 'One table in an erasure, planned or carried out.' })
export class ErasureEntry implements ErasedTable {
  @Field(() => String, { description: 'The feature that the table belongs to.' })
  feature!: string;

  @Field(() => String, { description: 'The name of the table.' })
  table!: string;

  @Field(() => String, { description: 'What it holds about a person.' })
  about!: string;

  @Field(() => ErasureActionEnum, { description: 'What becomes of the rows.' })
  action!: ErasureAction;

  @Field(() => String, { description: 'Why that and nothing else.' })
  because!: string;

  @Field(() => Int, { description: 'How many rows are, or were, about the person.' })
  rows!: number;
}

@ObjectType({ description: 'The plan of an erasure, or the receipt of one that was carried out.' })
export class ErasurePayload {
  @Field(() => Uuid, { description: 'The id that the user has, or had.' })
  userId!: string;

  @Field(() => Boolean, { description: 'Whether nothing was written: then this is a plan.' })
  dryRun!: boolean;

  @Field(() => Uuid, {
    nullable: true,
    description:
      'The id of the receipt, which the event `user.erased` in the audit trail holds; null for a plan.',
  })
  receiptId!: string | null;

  @Field(() => DateTime, { nullable: true, description: 'When it was carried out; null for a plan.' })
  erasedAt!: Date | null;

  @Field(() => [ErasureEntry], {
    description: 'Every table that can hold something about a person, in the order of the work.',
  })
  tables!: readonly ErasureEntry[];

  static of(erasure: Erasure): ErasurePayload {
    return Object.assign(new ErasurePayload(), erasure, { dryRun: erasure.receiptId === null });
  }
}
