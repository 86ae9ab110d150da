import { ArrayMaxSize, MaxLength } from 'class-validator';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { type PasswordFault, PasswordFaultCode } from '../methods/password/password.policy.js';

registerEnumType(PasswordFaultCode, {
  name: 'PasswordFaultCode',
  description: 'Why a password is refused.',
  valuesConfig: {
    TOO_SHORT: { description: 'It has fewer characters than `AUTH_PASSWORD_MIN_LENGTH`.' },
    TOO_LONG: { description: 'It has more than 256 characters.' },
    SYMBOL_MISSING: {
      description:
        'It has only letters, digits and spaces, and `AUTH_PASSWORD_REQUIRE_SYMBOL` asks for something else.',
    },
    COMMON: {
      description:
        'It is one of the most common passwords, or one of them with digits, signs or case changed.',
    },
    PATTERN: { description: 'It is repeated or sequential only, as in `abcabcabcabc` or `123456789012`.' },
    PERSONAL: {
      description: 'It is little more than the name or address of the account or the name of the product.',
    },
    LEAKED: { description: 'It was made public in a data leak. Only found when a password is set.' },
  },
});

@InputType({ description: 'A password that somebody is thinking about.' })
export class PasswordStrengthInput {
  @Field(() => String, { description: 'The password. It is not kept.' })
  @MaxLength(2_000)
  password!: string;

  @Field(() => [String], {
    defaultValue: [],
    description:
      'What the form knows of the person, and the password should not be made of: e-mail address, username, name. ' +
      'At most 10 texts of 320 characters.',
  })
  @ArrayMaxSize(10)
  @MaxLength(320, { each: true })
  context!: string[];
}

@ObjectType('PasswordFault', { description: 'One reason why a password is refused.' })
export class PasswordFaultType implements PasswordFault {
  @Field(() => PasswordFaultCode, { description: 'The reason, for a program.' })
  code!: PasswordFault['code'];

  @Field(() => String, { description: 'The reason, for a person; in English.' })
  message!: string;
}

@ObjectType({ description: 'How good a password would be.' })
export class PasswordStrength {
  @Field(() => Int, {
    description:
      'How hard it is to guess: 0 (at once) to 4 (not in a lifetime). A hint for the person; it decides nothing.',
  })
  score!: number;

  @Field(() => [PasswordFaultType], {
    description:
      'Why it would be refused; empty when it would not, unless it turns out to be leaked: that is looked up only ' +
      'when a password is set.',
  })
  reasons!: PasswordFaultType[];

  @Field(() => String, { nullable: true, description: 'What makes it easy to guess, in English.' })
  warning!: string | null;

  @Field(() => [String], { description: 'What would make it harder to guess, in English; often empty.' })
  suggestions!: readonly string[];

  @Field(() => String, {
    description:
      'How long somebody would need who has stolen its hash and tries ten thousand a second, roughly, in English: ' +
      '`3 hours`.',
  })
  crackTime!: string;
}
