/** SQLSTATE classes and codes (PostgreSQL Appendix A) of a database that cannot answer right now. */
const SQLSTATE = /^(?:08...|57P0[1-5]|53[0-9A-Z]{3}|55P03|57014|25P03|25006)$/;
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOENT',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** What node-postgres says without a code. */
const MESSAGES = [
  'Connection terminated',
  'timeout exceeded when trying to connect',
  'Query read timeout',
  'Client has encountered a connection error',
  'Cannot use a pool after calling end on the pool',
];

/** Whether the error, or what caused it, means that the database cannot be reached right now. */
export function isDatabaseUnavailable(error: unknown, depth = 0): boolean {
  if (!(error instanceof Error) || depth > 5) return false;
  if (hasOutageCode(error)) return true;
  if (MESSAGES.some((message) => error.message.includes(message))) return true;
  const within: unknown[] = [error.cause, Reflect.get(error, 'originalError')];
  const all = error instanceof AggregateError ? within.concat(error.errors) : within;
  return all.some((each) => isDatabaseUnavailable(each, depth + 1));
}

function hasOutageCode(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SQLSTATE.test(code) || (NETWORK.has(code) && 'syscall' in error);
}
