import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { MAX_TYPED } from '../methods/password/password.type.js';

@InputType({ description: 'A mailed link, and the password to set with it.' })
export class ActivateAccountInput {
  @Field(() => String, { description: 'What follows `#token=` in the link.' })
  @MaxLength(MAX_TYPED)
  token!: string;

  @Field(() => String, { description: 'The password: by default 12 to 256 characters of any kind.' })
  @MaxLength(MAX_TYPED)
  newPassword!: string;
}

@ObjectType({ description: 'The account has its password. Nobody was signed in by it: sign in with it.' })
export class ActivateAccountPayload {
  @Field(() => Boolean, { description: 'Always true.' })
  activated!: boolean;
}
