import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, JSONObject } from '../../../../graphql/scalars.js';
import { TokenTransport } from '../../../sessions/session.type.js';

@ObjectType({ description: 'What a browser needs to ask for a passkey, for one answer.' })
export class RequestPasskeyLoginPayload {
  @Field(() => JSONObject, {
    description:
      'For `PublicKeyCredential.parseRequestOptionsFromJSON`, whose result `navigator.credentials.get` takes as ' +
      '`publicKey` (WebAuthn §5.1.9).',
  })
  publicKey!: Readonly<Record<string, unknown>>;

  @Field(() => DateTime, { description: 'Until when it can be answered: 5 minutes.' })
  expiresAt!: Date;
}

@InputType({ description: 'What a passkey answered to `requestPasskeyLogin`.' })
export class LoginWithPasskeyInput {
  @Field(() => JSONObject, {
    description: 'What `toJSON()` of the credential gives (`AuthenticationResponseJSON`).',
  })
  credential!: Readonly<Record<string, unknown>>;

  @Field(() => String, {
    nullable: true,
    description: 'The audience of the access token; by default this API itself.',
  })
  @MaxLength(200)
  audience?: string | null;

  @Field(() => TokenTransport, {
    defaultValue: TokenTransport.TOKEN,
    description: 'Where the tokens go: into the answer, or into cookies.',
  })
  transport!: TokenTransport;
}
