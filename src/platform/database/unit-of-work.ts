import { actorOf } from '../../kernel/caller.js';
import type { Clock } from '../../kernel/clock.js';
import { newId } from '../../kernel/id.js';
import type { EventBus, EventQueue } from '../events/event-bus.js';
import type { EntityManager } from './orm.js';
import type { Unit } from './unit.js';
import { assertOutsideUnit, insideUnit } from './unit-scope.js';

interface Deps {
  readonly em: EntityManager;
  readonly bus: EventBus;
  readonly clock: Clock;
}

/**
 * One short explicit transaction: the writes, the audit rows and the event log commit together or not at
 * all, and deliveries follow the commit. Never nested, and no slow work (hashing, network) inside.
 */
export class UnitOfWork {
  constructor(private readonly deps: Deps) {}

  async run<T>(work: (unit: Unit) => Promise<T>): Promise<T> {
    assertOutsideUnit();
    const queue: EventQueue = { events: [], settled: 0 };
    const followUps: (() => void)[] = [];
    const { result, recorded } = await insideUnit(() =>
      this.deps.em.fork().transactional(async (em) => {
        const unit = this.open(em, queue, followUps);
        const answer = await work(unit);
        await em.flush();
        return { result: answer, recorded: await this.deps.bus.commit(unit, queue) };
      }),
    );
    await this.deps.bus.deliver(recorded);
    for (const followUp of followUps) followUp();
    return result;
  }

  private open(em: EntityManager, queue: EventQueue, followUps: (() => void)[]): Unit {
    const now = this.deps.clock.now();
    const unit: Unit = {
      em,
      now,
      settle: async () => {
        await em.flush();
        await this.deps.bus.settle(unit, queue);
      },
      afterCommit: (work) => void followUps.push(work),
      emit: (definition, { caller, subject, userId, payload, personal = {} }) => {
        const actor = actorOf(caller);
        queue.events.push({
          id: newId(),
          definition,
          occurredAt: now,
          caller,
          actor,
          subject,
          userId,
          payload,
          personal: { ip: actor.ip, userAgent: actor.userAgent, ...personal },
        });
      },
    };
    return unit;
  }
}
