import type { Caller } from '../kernel/caller.js';
import { Loaders } from './loaders.js';

/** What every resolver is given: one per request, and one per operation of a socket. */
export interface GraphQLContext {
  readonly caller: Caller;
  readonly loaders: Loaders;
  /** Authenticates the request's credential again; rejects with UNAUTHENTICATED when it no longer holds. */
  renew(): Promise<Caller>;
}

/** A context with fresh loaders. */
export function createContext(caller: Caller, renew: () => Promise<Caller>): GraphQLContext {
  return { caller, loaders: new Loaders(), renew };
}
