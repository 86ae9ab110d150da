import { Extensions } from 'type-graphql';

/**
 * Marks a root field at which secrets are guessed or budgets spent. A document may hold one such field at
 * most, however it is aliased or spread, so that one request is one guess.
 */
export function Sensitive(): MethodDecorator {
  return Extensions({ sensitive: true });
}
