import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import { Allow, can, every, fresh, signedIn, stepUp } from '../../graphql/allow.js';
import type { GraphQLContext } from '../../graphql/context.js';
import { Sensitive } from '../../graphql/sensitive.js';
import type { DataExportService } from './data-export.service.js';
import { DataExportType } from './data-export.type.js';
import { EraseMeInput, EraseUserInput } from './erasure.input.js';
import type { ErasureService } from './erasure.service.js';
import { ErasurePayload } from './erasure.type.js';

interface Services {
  readonly erasure: ErasureService;
  readonly dataExport: DataExportService;
}

@Resolver()
export class PrivacyResolver {
  constructor(private readonly services: Services) {}

  @Allow(fresh())
  @Sensitive()
  @Query(() => DataExportType, {
    description:
      'A copy of everything that is kept about the caller: no secrets, and nothing about others. At most ten an ' +
      'hour (RATE_LIMITED).',
  })
  async exportMyData(@Ctx() { caller }: GraphQLContext): Promise<DataExportType> {
    return DataExportType.of(await this.services.dataExport.exportOwn(caller));
  }

  @Allow(every(signedIn, stepUp('erase_account')))
  @Sensitive()
  @Mutation(() => ErasurePayload, {
    description:
      'Erases the caller’s account for good, with everything that is kept about them: there is no way back. Every ' +
      'session ends at once, its cookies are cleared, and the address is free again. Refused: ERASURE_NOT_CONFIRMED, LAST_ADMIN; ' +
      'more than ten dry runs an hour are RATE_LIMITED.',
  })
  async eraseMe(
    @Arg('input', () => EraseMeInput, { description: 'The confirmation.' }) input: EraseMeInput,
    @Ctx() { caller, cookies }: GraphQLContext,
  ): Promise<ErasurePayload> {
    const { dryRun, confirmEmail } = input;
    const presented = cookies.presented();
    const wish = { dryRun, confirmation: confirmEmail ?? '' };
    const erasure = await this.services.erasure.eraseOwn(caller, wish);
    if (erasure.receiptId !== null && presented !== null) cookies.clear();
    return ErasurePayload.of(erasure);
  }

  @Allow(every(can('users:erase'), stepUp('admin_erase_user')))
  @Mutation(() => ErasurePayload, {
    description:
      'Erases a user for good, deleted before or not, with everything that is kept about them: there is no way ' +
      'back. Refused: ERASURE_IS_OWN, USER_NOT_FOUND, USER_TOO_POWERFUL, LAST_ADMIN.',
  })
  async eraseUser(
    @Arg('input', () => EraseUserInput, { description: 'Whom to erase.' }) input: EraseUserInput,
    @Ctx() { caller }: GraphQLContext,
  ): Promise<ErasurePayload> {
    const { userId, dryRun } = input;
    return ErasurePayload.of(await this.services.erasure.erase(caller, userId.toLowerCase(), { dryRun }));
  }
}
