import {
  type Bindings,
  type ChildLoggerOptions,
  type DestinationStream,
  type LogFn,
  type LoggerOptions,
  type Logger as PinoLogger,
  pino,
  stdTimeFunctions,
} from 'pino';
import { describeValue, messageOf, scrubLine } from './log-safety.js';

export type Logger = PinoLogger;

/**
 * A logger that writes one JSON object a line, to standard output or `destination`. Fields under a secret name,
 * `Secret`s, bytes and credentials in URLs never reach the line; an error is its type, code, message, stack and
 * causes, and nothing else it carries; a value can neither break the line nor reach a terminal as a control code.
 */
export function createLogger(settings: { readonly level: string }, destination?: DestinationStream): Logger {
  const options: LoggerOptions = {
    level: settings.level,
    base: { pid: process.pid },
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }), log: describeFields },
    // Values are described by then. Fastify adds its own serialisers for these three unless there are some.
    serializers: { err: asIs, req: asIs, res: asIs },
    hooks: { logMethod: describeArguments, streamWrite: scrubLine },
  };
  return withSafeChildren(destination ? pino(options, destination) : pino(options));
}

function asIs(value: unknown): unknown {
  return value;
}

function describeFields(fields: object): Record<string, unknown> {
  return { ...(describeValue({ ...fields }) as object) };
}

// Without a message pino takes the error's own, and `%o` prints an argument as it is.
function describeArguments(this: Logger, [first, ...rest]: Parameters<LogFn>, method: LogFn): void {
  const given: unknown = first;
  const fields = given instanceof Error ? { err: given } : given;
  const message = rest.length === 0 ? messageOf(fields) : undefined;
  const described: unknown[] = message === undefined ? rest.map(describeValue) : [message];
  Reflect.apply(method, this, [fields, ...described]);
}

// Fields bound to a child logger pass no formatter of pino's. Children inherit the method, and so do theirs.
function withSafeChildren(logger: Logger): Logger {
  // Read without its type parameters, which a wrapper cannot repeat.
  // oxlint-disable-next-line typescript/unbound-method -- applied below to the logger it is called on
  const child: (bindings: Bindings, options?: ChildLoggerOptions) => Logger = logger.child;
  const safeChild = function (this: Logger, bindings: Bindings, options?: ChildLoggerOptions): Logger {
    return Reflect.apply(child, this, [describeFields(bindings), options]);
  };
  return Object.assign(logger, { child: safeChild });
}
