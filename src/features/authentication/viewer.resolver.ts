import { Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { Allow, authenticated } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { errors } from '../../kernel/errors.js';
import type { UserService } from '../users/user.service.js';
import { UserType } from '../users/user.type.js';
import { Viewer } from './viewer.type.js';

@Resolver(() => Viewer)
export class ViewerResolver {
  constructor(private readonly services: { readonly users: UserService }) {}

  @Allow(authenticated)
  @Query(() => Viewer, { description: 'Who the request’s credential belongs to, and what they may do.' })
  viewer(@Ctx() { caller: { principal } }: GraphQLContext): Viewer {
    if (principal.kind === 'anonymous' || principal.kind === 'system') throw errors.UNAUTHENTICATED();
    const { kind, id } = principal;
    const common = {
      kind,
      id,
      roles: [...principal.roles],
      permissions: [...principal.permissions].toSorted(),
      ownerId: principal.kind === 'api_key' ? principal.owner.id : null,
    };
    if (principal.kind !== 'user') return { ...common, email: null, assurance: null };
    const { email, acr, amr, authTime } = principal;
    return { ...common, email, assurance: { acr, amr: [...amr], authTime: new Date(authTime * 1000) } };
  }

  @FieldResolver(() => UserType, { nullable: true, description: 'For a user: the account.' })
  async user(@Root() { kind, id }: Viewer): Promise<UserType | null> {
    return kind === 'user' ? UserType.of(await this.services.users.getById(id)) : null;
  }
}
