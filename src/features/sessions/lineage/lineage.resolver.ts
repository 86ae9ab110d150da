import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Allow, can, either, every, owns, signedIn, stepUp } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { SessionType } from '../session.type.js';
import { CreatedCredential, RevokeEverythingFromInput, RevokeEverythingFromPayload } from './lineage.type.js';
import type { LineageService } from './lineage.service.js';

@Resolver(() => SessionType)
export class LineageResolver {
  constructor(private readonly services: { readonly lineage: LineageService }) {}

  @Allow(either(owns('userId'), can('sessions:read')))
  @FieldResolver(() => [CreatedCredential], {
    nullable: true,
    description: 'What it created itself and is still good, in whoever’s account.',
  })
  async createdCredentials(
    @Root() session: SessionType,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<CreatedCredential[]> {
    const found = await loaders.load('created-credentials', session.id, (ids) =>
      this.services.lineage.createdByMany(ids),
    );
    return (found ?? []).map((each) => CreatedCredential.of(each));
  }

  @Allow(every(either(signedIn, can('sessions:revoke')), stepUp('revoke_sessions')))
  @Mutation(() => RevokeEverythingFromPayload, {
    description:
      'Removes exactly what a session created, and what was created by whoever came in with that, and ends them: one ' +
      'of the caller’s own, or anybody’s with `sessions:revoke`. Either all of it happens or nothing. The owner is ' +
      'written to.',
  })
  async revokeEverythingFrom(
    @Arg('input', () => RevokeEverythingFromInput, { description: 'Which session’s work to undo.' })
    input: RevokeEverythingFromInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeEverythingFromPayload> {
    const wish = { ...input, sessionId: input.sessionId.toLowerCase() };
    return RevokeEverythingFromPayload.of(
      wish,
      await this.services.lineage.revokeEverythingFrom(caller, wish),
    );
  }
}
