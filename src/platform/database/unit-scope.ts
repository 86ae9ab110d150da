import { AsyncLocalStorage } from 'node:async_hooks';

const scope = new AsyncLocalStorage<true>();

/** Marks everything `work` does as happening inside a unit of work. */
export function insideUnit<T>(work: () => Promise<T>): Promise<T> {
  return scope.run(true, work);
}

/** Throws when called from inside a unit of work: on one connection the second would wait for the first for ever. */
export function assertOutsideUnit(): void {
  if (scope.getStore()) throw new Error('A unit of work, or a statement, was opened inside a unit of work.');
}
