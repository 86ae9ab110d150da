/** What a role writes for every permission there is, now and later. */
export const EVERYTHING = '*';

/** Whether `held` holds all of `wanted`. Only `*` covers `*`: no list of today's permissions reaches as far. */
export function covers(held: readonly string[], wanted: readonly string[]): boolean {
  return held.includes(EVERYTHING) || wanted.every((permission) => held.includes(permission));
}
