import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { SigningKeyService } from './signing-key.service.js';
import { RotateSigningKeyInput, RotateSigningKeyPayload, SigningKeyType } from './signing-key.type.js';

@Resolver()
export class SigningKeyResolver {
  constructor(private readonly services: { readonly signingKeys: SigningKeyService }) {}

  @Allow(can('signing_keys:read'))
  @Query(() => [SigningKeyType], { description: 'The keys in the JWKS, newest first.' })
  async signingKeys(): Promise<SigningKeyType[]> {
    return await this.services.signingKeys.list();
  }

  @Allow(every(can('signing_keys:rotate'), stepUp('rotate_signing_key')))
  @Mutation(() => RotateSigningKeyPayload, {
    description: 'Lets the next key sign. The old one verifies for the overlap, then leaves the JWKS.',
  })
  async rotateSigningKey(
    @Arg('input', () => RotateSigningKeyInput, { description: 'How to rotate.' })
    input: RotateSigningKeyInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RotateSigningKeyPayload> {
    const signingKey = await this.services.signingKeys.rotate(caller, input.overlapSeconds ?? undefined);
    return { signingKey };
  }
}
