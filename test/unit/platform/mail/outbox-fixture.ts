import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type Core, openCore } from '../../../../src/app/app.js';
import { Secret } from '../../../../src/kernel/secret.js';
import { createLogger, type Logger } from '../../../../src/platform/logger.js';
import { MailOutbox } from '../../../../src/platform/mail/mail-outbox.js';
import { FakeClock } from '../../../support/clock.js';
import { testConfig } from '../../../support/config.js';
import { databaseUrl, embeddedTemplate, freshPostgres } from '../../../support/database-template.js';
import { SmtpSink } from '../../../support/smtp-sink.js';
import { verifyEmail } from './mail-fixture.js';

export let core: Core;
export let sink: SmtpSink;
export let clock: FakeClock;
/** Lines of the log, as they would stand in a file. */
export const logged: string[] = [];

let logger: Logger;

/** A row of the table, as it lies there. */
export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly sealed: string | null;
  readonly attempts: number;
  readonly due_at: Date | string | null;
  readonly failure: string | null;
}

/** The services without HTTP and without jobs on an empty database, and a mail server, for each test. */
export function prepareOutbox(): void {
  let drop = async (): Promise<void> => {};
  beforeAll(async () => {
    sink = await SmtpSink.start();
    clock = new FakeClock();
    logger = createLogger({ level: 'debug' }, { write: (line) => void logged.push(line) });
    const postgres = databaseUrl === undefined ? undefined : await freshPostgres(databaseUrl);
    drop = postgres?.drop ?? drop;
    const embedded = { kind: 'embedded', directory: 'memory://' } as const;
    const database = postgres
      ? ({ kind: 'postgres', url: new Secret(postgres.url), poolSize: 8 } as const)
      : embedded;
    const template = postgres ? {} : { template: await embeddedTemplate() };
    const config = testConfig({ database, mail: sink.mail });
    core = await openCore(config, { clock, logger, seedAdmin: false, ...template });
  });

  beforeEach(async () => {
    sink.behave('accept');
    await core.services.mails.idle();
    await sql('delete from outgoing_mails');
    sink.clear();
    logged.splice(0);
  });

  afterAll(async () => {
    await core.close();
    await sink.down();
    await drop();
  });
}

/** The outbox as another process on the same database has it. */
export function anotherOutbox(): MailOutbox {
  return new MailOutbox({ ...core.services, texts: core.services.mailTexts, logger });
}

let people = 0;

/** Promises somebody a mail; resolves with their address when that is committed. */
export async function promise(
  mails = core.services.mails,
  to = `person-${(people += 1)}@example.com`,
): Promise<string> {
  await core.services.unitOfWork.run(async (unit) => {
    const { sample: values } = verifyEmail;
    mails.enqueue(unit, { definition: verifyEmail, to, userId: null, locale: 'en', values });
  });
  return to;
}

/** Every row, oldest first. */
export async function rows(): Promise<Row[]> {
  return await sql('select * from outgoing_mails order by created_at, id');
}

/** Seconds until the row is due. */
export function waitOf({ due_at }: Row): number {
  return (new Date(due_at ?? Number.NaN).getTime() - clock.now().getTime()) / 1000;
}

export async function sql<Result>(text: string, values: readonly unknown[] = []): Promise<Result[]> {
  return await core.services.em.fork().execute(text, [...values]);
}
