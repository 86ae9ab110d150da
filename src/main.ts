import { startApp } from './app/app.js';
import { banner } from './app/banner.js';
import { type Config, loadConfig, readEnvironment } from './platform/config/config.js';
import { generatedSecretsFor } from './platform/config/generated-secrets.js';
import { ConfigError } from './platform/config/problem.js';
import { DirectoryInUseError } from './platform/database/directory-lock.js';
import { isDatabaseUnavailable } from './platform/database/unavailable.js';

let config: Config | undefined;

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
  process.once('SIGTERM', () => stop('SIGTERM'));
  process.once('SIGINT', () => stop('SIGINT'));
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
  return (error as Error).stack ?? String(error);
}
