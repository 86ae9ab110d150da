import { Arg, Args, Query, Resolver } from 'type-graphql';
import { Allow, can } from '../../graphql/allow.js';
import { type ConnectionShape, PageArgs, toConnection } from '../../graphql/page.type.js';
import { AuditChainPointInput, AuditEventFilter } from './audit.input.js';
import type { AuditService } from './audit.service.js';
import { AuditChainVerdict, AuditEventConnection, AuditEventType } from './audit-event.type.js';

@Resolver()
export class AuditResolver {
  constructor(private readonly services: { readonly audit: AuditService }) {}

  @Allow(can('audit:read'))
  @Query(() => AuditEventConnection, { description: 'The audit trail, newest first.' })
  async auditEvents(
    @Args(() => PageArgs) page: PageArgs,
    @Arg('filter', () => AuditEventFilter, { nullable: true, description: 'Narrows the list.' })
    filter: AuditEventFilter | null,
  ): Promise<ConnectionShape<AuditEventType>> {
    const found = await this.services.audit.search(filter ?? {}, page.toRequest());
    const edges = found.edges.map(({ cursor, node }) => ({ cursor, node: AuditEventType.of(node) }));
    return toConnection({ ...found, edges });
  }

  @Allow(can('audit:verify'))
  @Query(() => AuditChainVerdict, {
    description: 'Checks every link of the audit chain. Reads the whole trail: seconds per million events.',
  })
  async verifyAuditChain(
    @Arg('expected', () => AuditChainPointInput, {
      nullable: true,
      description: 'A head kept from an earlier verification: shows whether history was replaced as a whole.',
    })
    expected: AuditChainPointInput | null,
  ): Promise<AuditChainVerdict> {
    const { head, ...verdict } = await this.services.audit.verify(expected ?? undefined);
    return { ...verdict, headSequence: head.sequence, headHash: head.hash };
  }
}
