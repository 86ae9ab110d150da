import type { ServiceAccountPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { isId } from '../../kernel/id.js';
import type { Lineage } from '../../kernel/lineage.js';
import { equalConstantTime, sha256Hex } from '../../platform/crypto/fingerprint.js';
import { defineStatement, type Statements } from '../../platform/database/statements.js';
import type { EventFeed } from '../../platform/events/event-feed.js';
import { FeedCache } from '../../platform/events/feed-cache.js';
import type { Logger } from '../../platform/logger.js';
import type { AccessService, Grants } from '../access/access.service.js';
import { clientSecretHash, isClientSecretText } from './client-secret-text.js';
import {
  clientSecretRevoked,
  clientSecretRotated,
  serviceAccountDisabled,
  serviceAccountErrors,
  serviceAccountUpdated,
} from './service-accounts.contract.js';

/** How often `last_used_at` is written. */
const USED_EVERY_MS = 60_000;

/** A client secret that may be used, with its account, as every request with it needs it. */
interface LiveClient extends Lineage {
  readonly id: string;
  readonly name: string;
  readonly audiences: readonly string[];
  readonly clientSecretId: string;
  readonly secretHash: string;
  /** Milliseconds since the epoch, or null. */
  readonly expiresAt: number | null;
  /** Milliseconds since the epoch, or null; moves as the secret is used. */
  lastUsedAt: number | null;
  /** Who it was made of these very grants. */
  accepted?: { readonly grants: Grants; readonly principal: ClientPrincipal };
}

/** A service account that has presented a client secret. */
export interface ClientPrincipal extends ServiceAccountPrincipal {
  readonly clientSecretId: string;
}

const FIND_LIVE = defineStatement<LiveClient>(
  'client-find-live',
  `select a.id, a.name, a.audiences, c.id as "clientSecretId", c.secret_hash as "secretHash",
     c.created_by_session_id as "createdBySessionId", c.created_by_acr as "createdByAcr",
     c.created_by_amr as "createdByAmr",
     extract(epoch from c.expires_at)::float8 * 1000 as "expiresAt",
     extract(epoch from c.last_used_at)::float8 * 1000 as "lastUsedAt"
   from client_secrets c join service_accounts a on a.id = c.service_account_id
   where a.id = $1::uuid and c.secret_hash = $2 and c.revoked_at is null and a.enabled`,
);

// Other processes write it as well: the row decides whether a minute is over.
const USED = defineStatement(
  'client-secret-used',
  `update client_secrets set last_used_at = $2::timestamptz
   where id = $1::uuid and coalesce(last_used_at <= $2::timestamptz - interval '1 minute', true)`,
);

interface Deps {
  readonly statements: Statements;
  readonly feed: EventFeed;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly access: AccessService;
}

/** The client secrets that requests come in on, held in memory while the event feed is current. */
export class LiveClientService {
  private readonly clients: FeedCache<LiveClient>;
  /** The same clients, by the hash of the whole header that they were presented in: a known one need not be read. */
  private readonly byHeader: FeedCache<LiveClient>;

  constructor(private readonly deps: Deps) {
    this.clients = new FeedCache({ feed: deps.feed, max: 5_000 });
    this.byHeader = new FeedCache({ feed: deps.feed, max: 5_000 });
    for (const { name } of [clientSecretRevoked, clientSecretRotated]) {
      deps.feed.on(name, ({ subjectId }) =>
        this.dropWhere(({ clientSecretId }) => clientSecretId === subjectId),
      );
    }
    for (const { name } of [serviceAccountDisabled, serviceAccountUpdated]) {
      deps.feed.on(name, ({ subjectId }) => this.dropWhere(({ id }) => id === subjectId));
    }
  }

  /**
   * Who presents these credentials, and in which header if it was in one. Throws CLIENT_INVALID, the same for unknown,
   * disabled, ended and wrong.
   */
  async authenticate(
    clientId: string,
    clientSecret: string,
    header: string | null = null,
  ): Promise<ClientPrincipal> {
    if (!isId(clientId) || !isClientSecretText(clientSecret)) throw serviceAccountErrors.CLIENT_INVALID();
    const secretHash = clientSecretHash(clientSecret);
    const find = async () => await this.find(clientId, secretHash);
    const client = await (header === null ? find() : this.byHeader.get(sha256Hex(header), find));
    if (!client || this.isExpired(client) || !isHashOf(client, secretHash)) {
      throw serviceAccountErrors.CLIENT_INVALID();
    }
    this.markUsed(client);
    return principalOf(client, await this.deps.access.grantsOf({ kind: 'service_account', id: client.id }));
  }

  /** Who came with this very header before and may come again; undefined where `authenticate` has to be asked. */
  recall(header: string): ClientPrincipal | undefined {
    const client = this.byHeader.peek(sha256Hex(header));
    if (!client || this.isExpired(client)) return undefined;
    const grants = this.deps.access.recallGrantsOf(client.id);
    if (!grants) return undefined;
    this.markUsed(client);
    return principalOf(client, grants);
  }

  private dropWhere(matches: (client: LiveClient) => boolean): void {
    this.clients.dropWhere(matches);
    this.byHeader.dropWhere(matches);
  }

  private async find(clientId: string, secretHash: string): Promise<LiveClient | null> {
    return await this.clients.get(`${clientId}.${secretHash}`, async () => {
      const [row] = await this.deps.statements.run(FIND_LIVE, [clientId, secretHash]);
      return row ?? null;
    });
  }

  private isExpired({ expiresAt }: LiveClient): boolean {
    return expiresAt !== null && expiresAt <= this.deps.clock.now().getTime();
  }

  private markUsed(client: LiveClient): void {
    const now = this.deps.clock.now();
    if (client.lastUsedAt !== null && now.getTime() - client.lastUsedAt < USED_EVERY_MS) return;
    client.lastUsedAt = now.getTime();
    this.deps.statements.run(USED, [client.clientSecretId, now.toISOString()]).catch((error: unknown) => {
      this.deps.logger.warn({ error }, 'last_used_at was not written');
    });
  }
}

function isHashOf(client: LiveClient, secretHash: string): boolean {
  return equalConstantTime(Buffer.from(client.secretHash, 'hex'), Buffer.from(secretHash, 'hex'));
}

/** The same object as long as the account's rights are. */
function principalOf(client: LiveClient, grants: Grants): ClientPrincipal {
  if (client.accepted?.grants === grants) return client.accepted.principal;
  const { id, name, audiences, clientSecretId, expiresAt } = client;
  const { createdBySessionId, createdByAcr, createdByAmr } = client;
  const principal: ClientPrincipal = {
    kind: 'service_account',
    id,
    name,
    clientSecretId,
    credentialIds: [id, clientSecretId],
    byAccessToken: false,
    lineage: { createdBySessionId, createdByAcr, createdByAmr },
    expiresAt: expiresAt === null ? null : Math.floor(expiresAt / 1000),
    audiences,
    ...grants,
  };
  client.accepted = { grants, principal };
  return principal;
}
