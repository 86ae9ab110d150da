import type { EntitySchema } from '@mikro-orm/core';
import type { PostgreSqlConnection } from '@mikro-orm/postgresql';
import { type Clock, systemClock } from '../kernel/clock.js';
import type { Config } from '../platform/config/config.js';
import { Encryption } from '../platform/crypto/encryption.js';
import { Keyring } from '../platform/crypto/keyring.js';
import { PasswordHasher } from '../platform/crypto/password-hash.js';
import { CronRunSchema } from '../platform/database/cron-run.entity.js';
import { applyMigrations, migrate } from '../platform/database/migrate.js';
import {
  type DatabaseSettings,
  type EmbeddedFilesystem,
  type EntityManager,
  type Orm,
  openOrm,
} from '../platform/database/orm.js';
import { RateLimitSchema } from '../platform/database/rate-limit.entity.js';
import { openStatements } from '../platform/database/statements.js';
import { UnitOfWork } from '../platform/database/unit-of-work.js';
import { EventBus } from '../platform/events/event-bus.js';
import { EmbeddedEventFeed, type EventFeed, eventFeedCurrent } from '../platform/events/event-feed.js';
import { EventLog } from '../platform/events/event-log.js';
import { LoggedEventSchema } from '../platform/events/event-log.entity.js';
import { EventStreams } from '../platform/events/event-streams.js';
import { PostgresEventFeed } from '../platform/events/postgres-event-feed.js';
import { createLogger, type Logger } from '../platform/logger.js';
import type { MailDefinition } from '../platform/mail/mail-definition.js';
import { MailOutbox } from '../platform/mail/mail-outbox.js';
import { MailTexts } from '../platform/mail/mail-texts.js';
import { OutgoingMailSchema } from '../platform/mail/outgoing-mail.entity.js';
import { DevMailbox } from '../platform/mail/dev-mailbox.js';
import type { Mailer } from '../platform/mail/mailer.js';
import { SmtpMailer } from '../platform/mail/smtp.js';
import { Metrics } from '../platform/metrics.js';
import { RateLimiters, rateLimitRefusals } from '../platform/rate-limiter.js';
import { defineBudgets } from './budgets.js';

/** What tests put in the place of the machine's own. */
export interface Doubles {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** An embedded database to start from, migrated already; it belongs to the one that starts. */
  readonly template?: EmbeddedFilesystem;
}

/** The tables that belong to no feature. */
export const platformEntities: readonly EntitySchema[] = [
  CronRunSchema,
  LoggedEventSchema,
  OutgoingMailSchema,
  RateLimitSchema,
];

/** What the features bring along. */
interface Contributions {
  readonly entities: readonly EntitySchema[];
  readonly mails: readonly MailDefinition[];
}

/** Opens what the services stand on: the migrated database, keys, mail, events and budgets. */
export async function openInfrastructure(
  config: Config,
  { entities, mails: definitions }: Contributions,
  { clock = systemClock, logger = createLogger(config.log), template }: Doubles = {},
) {
  const mailTexts = await MailTexts.load(config.mailLook, definitions);
  const settings: DatabaseSettings =
    config.database.kind === 'embedded' ? { ...config.database, template } : config.database;
  const orm = await openMigrated(settings, [...platformEntities, ...entities]);
  const em = orm.em as EntityManager;
  const statements = await openStatements(orm, settings.kind);
  const keyring = Keyring.fromConfig(config.keys);
  const bus = new EventBus();
  const feed = openFeed(settings, logger);
  bus.deliverTo((recorded) => feed.deliver(recorded));
  const eventLog = new EventLog({ em });
  const encryption = new Encryption(keyring);
  const mailer = openMailer(config, clock);
  const mails = new MailOutbox({
    statements,
    encryption,
    clock,
    logger,
    mailer,
    texts: mailTexts,
  });
  const metrics = new Metrics();
  metrics.gauge(eventFeedCurrent, () => (feed.isCurrent() ? 1 : 0));
  const refusals = metrics.counter(rateLimitRefusals);
  const limiters = new RateLimiters(await rateLimitStore(orm, settings), (budget) => {
    refusals.of(budget).count += 1;
  });
  return {
    config,
    clock,
    logger,
    orm,
    em,
    statements,
    keyring,
    encryption,
    hasher: new PasswordHasher(config.passwordHash),
    bus,
    feed,
    eventLog,
    streams: new EventStreams({ feed, log: eventLog }),
    unitOfWork: new UnitOfWork({ em, bus, clock }),
    mailer,
    mails,
    mailTexts,
    metrics,
    limiters,
    budgets: defineBudgets(limiters, config),
  };
}

export type Infrastructure = Awaited<ReturnType<typeof openInfrastructure>>;

async function openMigrated(settings: DatabaseSettings, entities: readonly EntitySchema[]): Promise<Orm> {
  if (settings.kind === 'postgres') {
    await migrate(settings, entities);
    return await openOrm(settings, entities);
  }
  const orm = await openOrm(settings, entities);
  await applyMigrations(orm);
  return orm;
}

function openFeed(settings: DatabaseSettings, logger: Logger): EventFeed {
  return settings.kind === 'postgres'
    ? new PostgresEventFeed({ url: settings.url, logger })
    : new EmbeddedEventFeed({ logger });
}

function openMailer(config: Config, clock: Clock): Mailer {
  return config.mail.kind === 'smtp'
    ? new SmtpMailer(config.mail)
    : new DevMailbox({ from: config.mail.from, clock });
}

async function rateLimitStore(orm: Orm, settings: DatabaseSettings) {
  if (settings.kind === 'embedded') return { kind: 'memory' } as const;
  const pool = await (orm.em.getConnection() as unknown as PostgreSqlConnection).getNativeClient();
  return { kind: 'postgres', pool } as const;
}
