import { startApp } from './app/app.js';
import { banner } from './app/banner.js';
import type { Config } from './platform/config/config.js';
import { loadConfig, readEnvironment } from './platform/config/load-config.js';
import { generatedSecretsFor } from './platform/config/generated-secrets.js';
import { ConfigError } from './platform/config/problem.js';
import { DirectoryInUseError } from './platform/database/directory-lock.js';
import { isDatabaseUnavailable } from './platform/database/unavailable.js';

let config: Config | undefined;

const refusedByDatabase = (message: string): string =>
  `The database refuses: ${message}. Check DATABASE_URL, and that the database exists.`;

/** What to do, by the code of the error: of the system, or the SQLSTATE. */
const SENTENCES: Readonly<Record<string, (message: string) => string>> = {
  EADDRINUSE: () => `Port ${config?.server.port} is in use by another program: set PORT to another.`,
  EACCES: () => `Port ${config?.server.port} may not be used by this account: set PORT to another.`,
  '28000': refusedByDatabase,
  '28P01': refusedByDatabase,
  '3D000': refusedByDatabase,
  ENOTFOUND: refusedByDatabase,
  EAI_AGAIN: refusedByDatabase,
};

/** The program: read the configuration, start, say where, stop on a signal. */
try {
  const env = readEnvironment();
  config = loadConfig(env, { generated: generatedSecretsFor(env) });
  const app = await startApp(config);
  const { logger } = app.services;
  for (const warning of config.warnings) logger.warn(warning);
  process.stdout.write(banner(app));

  let stopping = false;
  const stop = (signal: string): void => {
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    // What is under way gets ten seconds; then the process ends all the same.
    setTimeout(() => process.exit(1), 10_000).unref();
    app.close().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  // For good, not once: a terminal and npm both pass a Ctrl-C on, and the second would kill what is closing.
  process.on('SIGTERM', () => stop('SIGTERM'));
  process.on('SIGINT', () => stop('SIGINT'));
  process.on('unhandledRejection', (error) => logger.error({ err: error }, 'unhandled rejection'));
  process.on('uncaughtException', (error) => {
    // The state is unknown from here on: end, and let the supervisor start afresh.
    logger.fatal({ err: error }, 'uncaught exception');
    process.exit(1);
  });
} catch (error) {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
}

/** What the operator can mend is said in a sentence; anything else is ours, and its stack says where. */
function explain(error: unknown): string {
  if (error instanceof ConfigError || error instanceof DirectoryInUseError) return error.message;
  if (config?.database.kind === 'postgres' && isDatabaseUnavailable(error)) {
    const { host } = new URL(config.database.url.reveal());
    return `The database at ${host} cannot be reached: check DATABASE_URL, and that Postgres runs.`;
  }
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const known = SENTENCES[code];
  return known === undefined ? (error.stack ?? error.message) : known(error.message);
}
