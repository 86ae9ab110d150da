import type { PersonalData } from '../../platform/personal-data.js';
import { Session } from './session.entity.js';

const OF_USER = 'session_id in (select id from sessions where user_id = ?)';

/** What sessions keep about people; the tokens first, since they point at the sessions. */
export const sessionPersonalData: readonly PersonalData[] = [
  {
    table: 'refresh_tokens',
    about: 'When the sessions of the account were renewed, and hashes of the tokens that renew them.',
    action: 'deleted',
    because: 'Without the account there is nothing to renew.',
    count: async (em, { userId }) => {
      const found: unknown[] = await em.execute(`select 1 from refresh_tokens where ${OF_USER}`, [userId]);
      return found.length;
    },
    erase: async (em, { userId }) => {
      await em.execute(`delete from refresh_tokens where ${OF_USER}`, [userId]);
    },
  },
  {
    table: 'sessions',
    about: 'The devices that were signed in: agent, address, when and how.',
    action: 'deleted',
    because: 'They have ended with the account, and tell where its owner was.',
    count: async (em, { userId }) => await em.count(Session, { userId }),
    erase: async (em, { userId }) => {
      await em.nativeDelete(Session, { userId });
    },
    export: async (em, { userId }) =>
      (await em.find(Session, { userId }, { orderBy: { id: 'desc' } })).map(exported),
  },
];

function exported(session: Session): object {
  const { method, amr, deviceLabel, userAgent, ip, place, flags, revokeReason } = session;
  return {
    id: session.id,
    signedInBy: method,
    proofs: amr,
    device: deviceLabel,
    userAgent,
    ip,
    place,
    unusual: flags,
    secondFactorAt: session.secondFactorAt?.toISOString() ?? null,
    createdAt: session.createdAt.toISOString(),
    lastSeenAt: session.lastSeenAt.toISOString(),
    expiresAt: session.expiresAt.toISOString(),
    endedAt: session.revokedAt?.toISOString() ?? null,
    endedBecause: revokeReason,
  };
}
