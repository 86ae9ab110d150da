import { UniqueConstraintViolationException } from '@mikro-orm/core';
import type { Caller } from '../../kernel/caller.js';
import { newId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { UnitOfWork } from '../../platform/database/unit-of-work.js';
import { Audience } from './audience.entity.js';
import { audienceRegistered, tokenErrors } from './tokens.contract.js';

interface Deps {
  readonly em: EntityManager;
  readonly unitOfWork: UnitOfWork;
  /** The audience of this API itself, registered without a row. */
  readonly ownAudience: string;
}

/** Owns the list of audiences: a token is minted for a registered one or not at all. */
export class AudienceService {
  constructor(private readonly deps: Deps) {}

  /** The audience a token is for when nobody named one. */
  get own(): string {
    return this.deps.ownAudience;
  }

  /** `identifier`, or this API's own audience when it is null. Throws AUDIENCE_UNKNOWN. */
  async resolve(identifier: string | null): Promise<string> {
    await this.assertRegistered([identifier ?? this.own]);
    return identifier ?? this.own;
  }

  /** Throws AUDIENCE_UNKNOWN unless every one of them is registered. */
  async assertRegistered(identifiers: readonly string[]): Promise<void> {
    const others = [...new Set(identifiers)].filter((identifier) => identifier !== this.own);
    if (others.length === 0) return;
    const known = await this.deps.em.fork().count(Audience, { identifier: { $in: others } });
    if (known !== others.length) throw tokenErrors.AUDIENCE_UNKNOWN();
  }

  /** All registered audiences but our own. */
  async list(): Promise<Audience[]> {
    return await this.deps.em.fork().find(Audience, {}, { orderBy: { identifier: 'asc' } });
  }

  /** Throws AUDIENCE_TAKEN. */
  async register(caller: Caller, audience: { identifier: string; description: string }): Promise<Audience> {
    if (audience.identifier === this.own) throw tokenErrors.AUDIENCE_TAKEN();
    try {
      return await this.deps.unitOfWork.run(async ({ em, now, emit }) => {
        const row = em.create(Audience, { id: newId(), ...audience, createdAt: now });
        await em.flush();
        emit(audienceRegistered, {
          caller,
          subject: { type: 'audience', id: row.id },
          userId: null,
          payload: { identifier: row.identifier },
        });
        return row;
      });
    } catch (error) {
      if (error instanceof UniqueConstraintViolationException)
        throw tokenErrors.AUDIENCE_TAKEN({ cause: error });
      throw error;
    }
  }
}
