import { afterAll, expect, vi } from 'vitest';

// Runs with every test file that shares its process with others: what it changes for all of them, it sets back.

/** What holds for the whole process, and how much of it is open that only a test file opens. */
function stateOfProcess() {
  // Set by MikroORM when it is first used.
  const { MIKRO_ORM_COLORS: _, ...environment } = process.env;
  const open = process.getActiveResourcesInfo();
  return {
    environment,
    directory: process.cwd(),
    // Libraries tidy up at the exit of the process, so that one is theirs.
    listeners: ['uncaughtException', 'unhandledRejection', 'warning', 'SIGTERM', 'SIGINT'].map(
      (name) => `${name}: ${process.listenerCount(name)}`,
    ),
    servers: open.filter((kind) => kind === 'TCPServerWrap').length,
    children: open.filter((kind) => kind === 'ProcessWrap').length,
  };
}

const before = stateOfProcess();
// The first hook that is registered is the last that runs. What was told to close may take a moment.
afterAll(async () => await vi.waitFor(() => expect(stateOfProcess()).toEqual(before), 5_000));
