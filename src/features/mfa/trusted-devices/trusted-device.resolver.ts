import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import { Allow, owns, signedIn } from '../../../graphql/allow.js';
import type { GraphQLContext } from '../../../graphql/context.js';
import { UserType } from '../../users/user.type.js';
import type { TrustedDeviceService } from './trusted-device.service.js';
import {
  RevokeTrustedDeviceInput,
  RevokeTrustedDevicePayload,
  TrustedDeviceType,
} from './trusted-device.type.js';

@Resolver(() => UserType)
export class TrustedDeviceResolver {
  constructor(private readonly services: { readonly trustedDevices: TrustedDeviceService }) {}

  @Allow(owns('id'))
  @FieldResolver(() => [TrustedDeviceType], {
    nullable: true,
    description: 'The browsers that the user has trusted, newest first; at most 20.',
  })
  async trustedDevices(
    @Root() user: UserType,
    @Ctx() { loaders }: GraphQLContext,
  ): Promise<TrustedDeviceType[]> {
    const found = await loaders.load('trusted-devices', user.id, (ids) =>
      this.services.trustedDevices.listOfMany(ids),
    );
    return (found ?? []).map((device) => TrustedDeviceType.of(device));
  }

  @Allow(signedIn)
  @Mutation(() => RevokeTrustedDevicePayload, {
    description:
      'Distrusts one of the caller’s own trusted devices; its sessions go on. Refused: TRUSTED_DEVICE_NOT_FOUND.',
  })
  async revokeTrustedDevice(
    @Arg('input', () => RevokeTrustedDeviceInput, { description: 'Which one.' })
    { id }: RevokeTrustedDeviceInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<RevokeTrustedDevicePayload> {
    const userId = caller.principal.kind === 'user' ? caller.principal.id : '';
    await this.services.trustedDevices.revoke(caller, userId, id.toLowerCase());
    return { id: id.toLowerCase() };
  }
}
