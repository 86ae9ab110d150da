import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import type { AudienceService } from './audience.service.js';
import { AudienceType, RegisterAudienceInput, RegisterAudiencePayload } from './audience.type.js';

@Resolver()
export class AudienceResolver {
  constructor(private readonly services: { readonly audiences: AudienceService }) {}

  @Allow(can('audiences:read'))
  @Query(() => [AudienceType], {
    description: 'The registered audiences, by name; this API’s own is not listed.',
  })
  async audiences(): Promise<AudienceType[]> {
    return await this.services.audiences.list();
  }

  @Allow(every(can('audiences:manage'), stepUp('register_audience')))
  @Mutation(() => RegisterAudiencePayload, {
    description: 'Registers a resource server, so that tokens may be asked for it.',
  })
  async registerAudience(
    @Arg('input', () => RegisterAudienceInput, { description: 'What to register.' })
    input: RegisterAudienceInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RegisterAudiencePayload> {
    return { audience: await this.services.audiences.register(caller, { ...input }) };
  }
}
