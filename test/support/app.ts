import { type App, startApp } from '../../src/app/app.js';
import { createAdmin } from '../../src/app/seed-system-admin.js';
import type { Clock } from '../../src/kernel/clock.js';
import { Secret } from '../../src/kernel/secret.js';
import type { Config } from '../../src/platform/config/config.js';
import type { Logger } from '../../src/platform/logger.js';
import { Client } from './client.js';
import { testConfig } from './config.js';
import { databaseUrl, embeddedTemplate, freshPostgres } from './database-template.js';
import { type ReceivedMail, SmtpSink } from './smtp-sink.js';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery staple' } as const;

/** The real application on a database of its own: embedded, or Postgres when DATABASE_URL is set. */
export interface TestApp extends App {
  readonly mailbox: TestMailbox;
  /** A client of its own, signed in to nothing. */
  client(): Client;
  /** A client signed in as the system admin. */
  adminClient(): Promise<Client>;
}

/** What its reader sees of a mail: decoded from what a real mail server has received. */
export type TestMail = Pick<ReceivedMail, 'subject' | 'text' | 'html'> & { readonly to: string };

/** What a real mail server has received from the application. */
export interface TestMailbox {
  /** The mails to one address, or to all, in the order they were promised. */
  messages(to?: string): readonly TestMail[];
  /** Forgets the mails so far, those on their way included. */
  clear(): Promise<void>;
}

interface Options {
  readonly config?: Parameters<typeof testConfig>[0];
  readonly clock?: Clock;
  readonly logger?: Logger;
  readonly features?: NonNullable<Parameters<typeof startApp>[1]>['features'];
}

/** Starts the application on a free port of the loopback interface, with one system admin (`ADMIN`). */
export async function startTestApp({ config = {}, clock, logger, features }: Options = {}): Promise<TestApp> {
  const postgres = databaseUrl === undefined ? undefined : await freshPostgres(databaseUrl);
  const database: Config['database'] = postgres
    ? { kind: 'postgres', url: new Secret(postgres.url), poolSize: 8 }
    : { kind: 'embedded', directory: 'memory://' };
  const sink = await SmtpSink.start();
  const template = postgres ? {} : { template: await embeddedTemplate() };
  const app = await startApp(testConfig({ database, mail: sink.mail, ...config }), {
    ...template,
    ...(clock ? { clock } : {}),
    ...(logger ? { logger } : {}),
    ...(features ? { features } : {}),
  });
  await createAdmin(app.services, ADMIN.email, ADMIN.password);
  return {
    ...app,
    mailbox: {
      messages: (to) => inOrder(to === undefined ? sink.mails : sink.to(to)).map(read),
      clear: async () => {
        await app.services.mails.idle();
        sink.clear();
      },
    },
    client: () => new Client(app.url),
    adminClient: async () => {
      const client = new Client(app.url);
      await client.login(ADMIN);
      return client;
    },
    close: async () => {
      await app.close();
      await Promise.all([sink.down(), postgres?.drop()]);
    },
  };
}

/** Several are on the way at once and overtake each other; their ids begin with the moment of the promise. */
function inOrder(mails: readonly ReceivedMail[]): ReceivedMail[] {
  return mails.toSorted((a, b) => ((a.parsed.messageId ?? '') < (b.parsed.messageId ?? '') ? -1 : 1));
}

function read({ envelopeTo, subject, text, html }: ReceivedMail): TestMail {
  return { to: envelopeTo.join(), subject, text, html };
}
