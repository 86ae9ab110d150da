/**
 * SQL for when a session (`s`) of a user (`u`) ends in any case. One that began before the account had to have a second
 * factor ends at that deadline, unless there is one by then: at the next sign-in it is asked for. `kindsNotTaken` is the
 * placeholder of `FactorKindsService.notTaken`: what cannot be asked for holds off no deadline.
 */
export function endsAt(kindsNotTaken: string): string {
  return `case
  when s.second_factor_at is null and jsonb_array_length(u.factor_kinds - ${kindsNotTaken}::text[]) = 0
    and s.created_at <= u.second_factor_deadline then least(s.expires_at, u.second_factor_deadline)
  else s.expires_at end`;
}
