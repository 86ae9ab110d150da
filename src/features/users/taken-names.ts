import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { EntityManager } from '../../platform/database/orm.js';
import { userErrors } from './users.contract.js';

/** Writes what is pending. Throws EMAIL_TAKEN or USERNAME_TAKEN when another transaction was first. */
export async function flushNames(em: EntityManager): Promise<void> {
  try {
    await em.flush();
  } catch (error) {
    if (!(error instanceof UniqueConstraintViolationException)) throw error;
    const isUsername = error.message.includes('users_username_unique');
    throw isUsername ? userErrors.USERNAME_TAKEN({ cause: error }) : userErrors.EMAIL_TAKEN({ cause: error });
  }
}
