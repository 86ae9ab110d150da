import { parseEmailAddress } from '../../kernel/email-address.js';
import { parseUsername } from '../../kernel/username.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { DataSubject } from '../../platform/personal-data.js';
import { User } from '../users/user.entity.js';

/**
 * The person behind an account. `texts` may hold names that the account had before. What is another account's by now
 * names nobody else than its owner, so it is left out.
 */
export async function dataSubjectOf(
  em: EntityManager,
  user: User,
  texts: readonly string[],
): Promise<DataSubject> {
  const { id, email, username, formerEmail, formerUsername } = user;
  const names = [email, username, formerEmail, formerUsername, ...texts].filter((text) => text !== null);
  const known = [...new Set(names.filter(isName))];
  const others = await em.find(
    User,
    { id: { $ne: id }, $or: [{ email: { $in: known } }, { username: { $in: known } }] },
    { fields: ['email', 'username'] },
  );
  const taken = new Set(others.flatMap((other) => [other.email, other.username]));
  return { userId: id, identifiers: known.filter((name) => !taken.has(name)) };
}

function isName(text: string): boolean {
  return [parseEmailAddress, parseUsername].some((parse) => {
    try {
      return parse(text) === text;
    } catch {
      return false;
    }
  });
}
