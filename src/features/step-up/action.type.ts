import { MaxLength } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { ActionRequest } from './action-request.service.js';
import type { ConsumedAction, IssuedActionToken } from './action-token.service.js';
import type { StepUpMethod } from './step-up.policy.js';
import { ReauthenticateInput, StepUpMethodType } from './step-up.type.js';

const ACTION = 'The name of the action: one of this product’s, or of AUTH_ACTIONS.';

@InputType({ description: 'What is to be done, and where.' })
export class RequestActionInput {
  @Field(() => String, { description: ACTION })
  @MaxLength(100)
  action!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The audience that will be shown the token; by default this API itself.',
  })
  @MaxLength(200)
  audience?: string | null;
}

@ObjectType({ description: 'The action waits for a proof that is given for it.' })
export class RequestActionPayload {
  @Field(() => Uuid, { description: 'What `confirmAction` names it by, in this session alone.' })
  requestId!: string;

  @Field(() => DateTime, { description: 'When the request is over: in ten minutes.' })
  expiresAt!: Date;

  @Field(() => [StepUpMethodType], {
    description: 'The ways to prove it; empty where one must sign in anew.',
  })
  methods!: StepUpMethodType[];

  static of(request: ActionRequest & { readonly methods: readonly StepUpMethod[] }): RequestActionPayload {
    const { id: requestId, expiresAt } = request;
    const methods = request.methods.map((way) => StepUpMethodType.of(way));
    return Object.assign(new RequestActionPayload(), { requestId, expiresAt, methods });
  }
}

@InputType({ description: 'The request, and what proves it.' })
export class ConfirmActionInput extends ReauthenticateInput {
  @Field(() => Uuid, { description: 'The `requestId` of `requestAction`.' })
  requestId!: string;
}

@ObjectType({ description: 'The action is confirmed.' })
export class ConfirmActionPayload implements IssuedActionToken {
  @Field(() => String, {
    description: 'Opaque; good once, for this action, at this audience and by this session. Shown only here.',
  })
  actionToken!: string;

  @Field(() => DateTime, { description: 'Until when it is good (AUTH_ACTION_TOKEN_TTL).' })
  expiresAt!: Date;
}

@InputType({ description: 'The token, and what it has to be good for.' })
export class ConsumeActionTokenInput {
  @Field(() => String, { description: 'As the user’s client has sent it.' })
  @MaxLength(200)
  actionToken!: string;

  @Field(() => String, { description: ACTION })
  @MaxLength(100)
  action!: string;

  @Field(() => String, { description: 'The audience at which it is done: one of the caller’s.' })
  @MaxLength(200)
  audience!: string;

  @Field(() => Uuid, {
    description: 'The session in which it is done: the `sid` of the user’s access token.',
  })
  sessionId!: string;
}

@ObjectType({ description: 'The token was good, and is used up.' })
export class ConsumeActionTokenPayload {
  @Field(() => String, { description: 'The action.' })
  action!: string;

  @Field(() => Uuid, { description: 'The user who confirmed it.' })
  subject!: string;

  @Field(() => Uuid, { description: 'The session in which they did.' })
  sid!: string;

  @Field(() => String, { description: 'The audience it was made for.' })
  aud!: string;

  @Field(() => DateTime, { description: 'When they proved who they are, for this action.' })
  authTime!: Date;

  @Field(() => [String], { description: 'How they proved it, by the names of RFC 8176.' })
  amr!: string[];

  static of({ action, subject, sid, audience, authTime, amr }: ConsumedAction): ConsumeActionTokenPayload {
    const moment = new Date(authTime * 1000);
    const facts = { action, subject, sid, aud: audience, authTime: moment, amr: [...amr] };
    return Object.assign(new ConsumeActionTokenPayload(), facts);
  }
}
