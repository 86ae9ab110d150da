import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';
import { IMPORT_FAULTS, type ImportFault } from './import-line.js';
import { countsOf, type ImportedLine, type ImportOutcome } from './import-users.service.js';

const ImportOutcomeEnum = { CREATED: 'created', SKIPPED: 'skipped', REFUSED: 'refused' } as const;
registerEnumType(ImportOutcomeEnum, {
  name: 'ImportOutcome',
  description: 'What became of a line.',
  valuesConfig: {
    CREATED: { description: 'It is an account now.' },
    SKIPPED: { description: 'There is an account with its address already, which stays as it is.' },
    REFUSED: { description: 'It cannot be taken; see the fault.' },
  },
});

const faults = Object.entries(IMPORT_FAULTS) as [ImportFault, string][];
const ImportFaultEnum = Object.fromEntries(faults.map(([name]) => [name, name])) as {
  [Fault in ImportFault]: Fault;
};
registerEnumType(ImportFaultEnum, {
  name: 'ImportFault',
  description: 'Why a line was not taken.',
  valuesConfig: Object.fromEntries(faults.map(([name, description]) => [name, { description }])),
});

@InputType({ description: 'Accounts from elsewhere.' })
export class ImportUsersInput {
  @Field(() => String, {
    description:
      'At most 1,000 lines, each a JSON object: `email`, and if known `emailVerified`, `username`, `displayName`, ' +
      '`locale`, `pictureUrl`, `metadata`, `createdAt`, `status` (`active` or `deactivated`) and `passwordHash`: a ' +
      'PHC string of argon2, bcrypt, scrypt or PBKDF2. A hash, or a verified address, takes `users:modify` as well.',
  })
  jsonLines!: string;
}

@ObjectType('ImportedLine', { description: 'One line of an import.' })
export class ImportedLineType {
  @Field(() => Int, { description: 'Which one, from 1 on; empty lines count.' })
  line!: number;

  @Field(() => ImportOutcomeEnum, { description: 'What became of it.' })
  outcome!: ImportOutcome;

  @Field(() => ImportFaultEnum, { nullable: true, description: 'Why it was refused.' })
  fault!: ImportFault | null;

  @Field(() => Uuid, { nullable: true, description: 'The id of the account that it became.' })
  userId!: string | null;
}

@ObjectType({ description: 'What became of the lines.' })
export class ImportUsersPayload {
  @Field(() => Int, { description: 'How many accounts there are more.' })
  created!: number;

  @Field(() => Int, { description: 'How many there were already.' })
  skipped!: number;

  @Field(() => Int, { description: 'How many lines were not taken.' })
  refused!: number;

  @Field(() => [ImportedLineType], { description: 'Each line that is not empty, in order.' })
  lines!: ImportedLineType[];

  static of(results: readonly ImportedLine[]): ImportUsersPayload {
    const lines = results.map(({ number, ...rest }) => ({ line: number, ...rest }));
    return Object.assign(new ImportUsersPayload(), { ...countsOf(results), lines });
  }
}
