import { MaxLength } from 'class-validator';
import { Field, InputType } from 'type-graphql';
import { Uuid } from '../../graphql/scalars.js';

@InputType({ description: 'What to refresh.' })
export class RefreshSessionInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The refresh token that the client holds. Without one, that of the cookie, which is replaced.',
  })
  @MaxLength(200)
  refreshToken?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The audience of the new access token; by default this API itself.',
  })
  @MaxLength(200)
  audience?: string | null;
}

@InputType({
  description:
    'Which session to end: that of the refresh token, or else that of the access token or cookies.',
})
export class LogoutInput {
  @Field(() => String, { nullable: true, description: 'The refresh token that the client holds.' })
  @MaxLength(200)
  refreshToken?: string | null;
}

@InputType({ description: 'Which session to end.' })
export class RevokeSessionInput {
  @Field(() => Uuid, { description: 'The session’s id.' })
  sessionId!: string;
}
