import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';

const DRY_RUN = 'Whether to answer only what would be erased, and write nothing.';

@InputType({ description: 'Whom to erase.' })
export class EraseUserInput {
  @Field(() => Uuid, { description: 'The user’s id.' })
  userId!: string;

  @Field(() => Boolean, { defaultValue: false, description: DRY_RUN })
  dryRun!: boolean;
}

@InputType({ description: 'That somebody wants to be erased, and means it.' })
export class EraseMeInput {
  @Field(() => String, {
    nullable: true,
    description: 'The account’s own e-mail address, typed once more; needed unless it is a dry run.',
  })
  @MaxLength(1000)
  confirmEmail?: string | null;

  @Field(() => Boolean, { defaultValue: false, description: DRY_RUN })
  dryRun!: boolean;
}
