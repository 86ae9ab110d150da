import { Field, InputType, ObjectType } from 'type-graphql';
import { DateTime, Uuid } from '../../../graphql/scalars.js';
import type { TrustedDevice } from './trusted-device.entity.js';

@ObjectType('TrustedDevice', {
  description: 'A browser on which the account is not asked for a second factor at sign-in for a while.',
})
export class TrustedDeviceType {
  @Field(() => Uuid, { description: 'The id, to distrust it by.' })
  id!: string;

  @Field(() => String, { description: 'What a person calls the device, such as `Chrome on Windows`.' })
  label!: string;

  @Field(() => DateTime, { description: 'When it was trusted.' })
  createdAt!: Date;

  @Field(() => DateTime, { description: 'When somebody last signed in on it without a second factor.' })
  lastUsedAt!: Date;

  @Field(() => DateTime, { description: 'Until when it is trusted.' })
  expiresAt!: Date;

  static of({ id, label, createdAt, lastUsedAt, expiresAt }: TrustedDevice): TrustedDeviceType {
    return Object.assign(new TrustedDeviceType(), { id, label, createdAt, lastUsedAt, expiresAt });
  }
}

@InputType({ description: 'Which device to distrust.' })
export class RevokeTrustedDeviceInput {
  @Field(() => Uuid, { description: 'The id of the trusted device.' })
  id!: string;
}

@ObjectType({ description: 'The device is asked for a second factor again.' })
export class RevokeTrustedDevicePayload {
  @Field(() => Uuid, { description: 'The id that it had.' })
  id!: string;
}
