import { type App, startApp } from '../../src/app/app.js';
import { createAdmin } from '../../src/app/seed-system-admin.js';
import type { Clock } from '../../src/kernel/clock.js';
import { Secret } from '../../src/kernel/secret.js';
import type { Config } from '../../src/platform/config/config.js';
import type { Logger } from '../../src/platform/logger.js';
import { DevMailbox } from '../../src/platform/mail/dev-mailbox.js';
import { Client } from './client.js';
import { testConfig } from './config.js';
import { databaseUrl, embeddedTemplate, freshPostgres } from './database-template.js';

export const ADMIN = { email: 'admin@example.com', password: 'correct horse battery staple' } as const;

/** The real application on a database of its own: embedded, or Postgres when DATABASE_URL is set. */
export interface TestApp extends App {
  readonly mailbox: DevMailbox;
  /** A client of its own, signed in to nothing. */
  client(): Client;
  /** A client signed in as the system admin. */
  adminClient(): Promise<Client>;
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
  const template = postgres ? {} : { template: await embeddedTemplate() };
  const app = await startApp(testConfig({ database, ...config }), {
    ...template,
    ...(clock ? { clock } : {}),
    ...(logger ? { logger } : {}),
    ...(features ? { features } : {}),
  });
  await createAdmin(app.services, ADMIN.email, ADMIN.password);
  const { mailer } = app.services;
  return {
    ...app,
    mailbox: mailer instanceof DevMailbox ? mailer : new DevMailbox({ from: 'unused@example.com' }),
    client: () => new Client(app.url),
    adminClient: async () => {
      const client = new Client(app.url);
      await client.login(ADMIN);
      return client;
    },
    close: async () => {
      await app.close();
      await postgres?.drop();
    },
  };
}
