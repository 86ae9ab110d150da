import { isId } from '../../../kernel/id.js';
import type { AskedResource } from '../../../kernel/rule.js';

/** The id of the user whom a thing belongs to, or null where there is no such thing, or it is no user's. */
export type FindOwner = (id: string) => Promise<string | null>;

/** Knows whose the things of the product are: the features that have them hang themselves on here. */
export class ResourceOwnersService {
  private readonly finders = new Map<string, FindOwner>([['user', async (id) => id]]);

  /** `type`: as in `can`, such as `session`. */
  know(type: string, find: FindOwner): void {
    this.finders.set(type, find);
  }

  /** The owner's id, or null: what is not there belongs to nobody, so that nobody learns that it is not. */
  async find({ type, id }: AskedResource): Promise<string | null> {
    const lower = id?.toLowerCase() ?? '';
    return isId(lower) ? ((await this.finders.get(type)?.(lower)) ?? null) : null;
  }
}
