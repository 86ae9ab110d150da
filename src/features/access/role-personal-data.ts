import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { RoleAssignment } from './role-assignment.entity.js';

const heldBy = ({ userId }: DataSubject) => ({ holderKind: 'user' as const, holderId: userId });

/** Which roles somebody has. */
export const personalRoles: PersonalData = {
  table: 'role_assignments',
  about: 'The roles that the person holds.',
  action: 'deleted',
  because: 'An account that is gone may do nothing; the audit trail keeps that the roles were given.',
  count: async (em, subject) => await em.count(RoleAssignment, heldBy(subject)),
  erase: async (em, subject) => void (await em.nativeDelete(RoleAssignment, heldBy(subject))),
  export: async (em, subject) => {
    const held = await em.find(RoleAssignment, heldBy(subject), {
      populate: ['role'],
      orderBy: { id: 'asc' },
    });
    return held.map(({ role, createdAt, expiresAt }) => ({
      role: role.name,
      since: createdAt.toISOString(),
      until: expiresAt?.toISOString() ?? null,
    }));
  },
};
