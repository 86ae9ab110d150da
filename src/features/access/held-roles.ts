/**
 * SQL of the roles in everybody's hands at the moment `now` (a placeholder for it): given to them, or to a group they
 * are in, and not expired. A row for each way in which a role is held, so that whoever takes one away can tell what is
 * left. `since` is when all of it came together: the role given, the user in the group, the role as wide as it is.
 *
 * Columns: holder_kind, holder_id, role_id, name, permissions, since, expires_at, assignment_id and, where it is held
 * through a group, group_id and membership_id. It is the one place that says what holding a role means.
 */
export function heldRoles(now: string): string {
  return `(
    select way.holder_kind, way.holder_id, way.role_id, r.name, r.permissions,
      greatest(way.since, r.widened_at) as since, way.expires_at, way.assignment_id, way.group_id, way.membership_id
    from (
      select a.holder_kind, a.holder_id, a.role_id, a.created_at as since, a.expires_at, a.id as assignment_id,
        null::uuid as group_id, null::uuid as membership_id
      from role_assignments a
      union all
      select 'user'::text, m.user_id, a.role_id, greatest(a.created_at, m.created_at), a.expires_at, a.id,
        m.group_id, m.id
      from group_members m join role_assignments a on a.holder_kind = 'group' and a.holder_id = m.group_id
    ) as way join roles r on r.id = way.role_id
    where way.expires_at is null or way.expires_at > ${now})`;
}
