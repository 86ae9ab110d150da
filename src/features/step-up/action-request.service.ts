import type { UserPrincipal } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { isId } from '../../kernel/id.js';
import type { EntityManager } from '../../platform/database/orm.js';
import type { Unit } from '../../platform/database/unit.js';
import { Challenge } from '../challenges/challenge.entity.js';
import type { ChallengeService } from '../challenges/challenge.service.js';
import { stepUpErrors } from './step-up.contract.js';

const PURPOSE = 'action_request';
/** Long enough to find the phone, and for a code by mail to arrive. */
const TTL_SECONDS = 600;

/** What somebody wants to do, and where. */
export interface WantedAction {
  readonly action: string;
  readonly audience: string;
}

/** A request that waits for its proof. */
export interface ActionRequest extends WantedAction {
  readonly id: string;
  readonly expiresAt: Date;
}

interface Deps {
  readonly em: EntityManager;
  readonly challenges: ChallengeService;
  readonly clock: Clock;
}

type Stored = { readonly action: string; readonly audience: string; readonly sessionId: string };

/**
 * Actions that were asked for and wait for their proof. Their ids are no secrets: they are good in the session that asked
 * alone. They end with all that is pending for the account.
 */
export class ActionRequestService {
  constructor(private readonly deps: Deps) {}

  async open({ id: subject, sessionId }: UserPrincipal, wanted: WantedAction): Promise<ActionRequest> {
    const data: Stored = { ...wanted, sessionId };
    const request = { purpose: PURPOSE, form: 'token', subject, ttlSeconds: TTL_SECONDS, data } as const;
    // Its secret is for nobody: what is asked for is proved by the factors of the account.
    const { id, expiresAt } = await this.deps.challenges.issue(request);
    return { ...wanted, id, expiresAt };
  }

  /** Throws ACTION_REQUEST_INVALID. */
  async get(asker: UserPrincipal, id: string): Promise<ActionRequest> {
    const row = isId(id) ? await this.deps.em.fork().findOne(Challenge, this.alive(asker, id)) : null;
    const stored = row?.data as Stored | undefined;
    if (!row || stored?.sessionId !== asker.sessionId) throw stepUpErrors.ACTION_REQUEST_INVALID();
    const { action, audience } = stored;
    return { id, action, audience, expiresAt: row.expiresAt };
  }

  /** Uses the request up within `unit`: of many at once, one goes on. Throws ACTION_REQUEST_INVALID. */
  async closeWithin({ em, now }: Unit, asker: UserPrincipal, { id }: ActionRequest): Promise<void> {
    const closed = await em.nativeUpdate(Challenge, this.alive(asker, id), { consumedAt: now });
    if (closed === 0) throw stepUpErrors.ACTION_REQUEST_INVALID();
  }

  private alive({ id: subject }: UserPrincipal, id: string) {
    const now = this.deps.clock.now();
    return { id, purpose: PURPOSE, subject, consumedAt: null, expiresAt: { $gt: now } };
  }
}
