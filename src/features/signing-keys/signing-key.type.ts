import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Max, Min } from 'class-validator';
import { DateTime, Uuid } from '../../graphql/scalars.js';
import type { SigningKey } from './signing-key.entity.js';

@ObjectType('SigningKey', { description: 'A key that signs or verifies tokens: its public facts.' })
export class SigningKeyType implements Pick<SigningKey, 'id' | 'createdAt' | 'activatedAt' | 'expiresAt'> {
  @Field(() => Uuid, { description: 'The key id (`kid`) in the JWKS and in token headers.' })
  id!: string;

  @Field(() => String, { description: 'The JWS algorithm: ES256, RS256 or EdDSA.' })
  algorithm!: string;

  @Field(() => String, {
    description: '`next` (published, not yet signing), `active` (signing) or `retiring` (verifying only).',
  })
  status!: string;

  @Field(() => DateTime, { description: 'When it was made and published.' })
  createdAt!: Date;

  @Field(() => DateTime, { nullable: true, description: 'When it began to sign.' })
  activatedAt!: Date | null;

  @Field(() => DateTime, { nullable: true, description: 'When a retiring key leaves the JWKS.' })
  expiresAt!: Date | null;
}

@InputType({ description: 'How to rotate the signing key.' })
export class RotateSigningKeyInput {
  @Field(() => Int, {
    nullable: true,
    description:
      'Seconds the old key keeps verifying, up to 7 days; by default the life of an access token. ' +
      '0 kills the key and every token it signed at once.',
  })
  @Min(0)
  @Max(604_800)
  overlapSeconds?: number | null;
}

@ObjectType({ description: 'The rotation that was made.' })
export class RotateSigningKeyPayload {
  @Field(() => SigningKeyType, { description: 'The key that signs from now on.' })
  signingKey!: SigningKeyType;
}
