import Bowser from 'bowser';

/** Agents longer than this are cut before they are parsed or stored. */
export const MAX_USER_AGENT_LENGTH = 500;

/** Of a browser nobody knows the name is what it says itself: one that a mail may hold, and no reader takes for a link. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} _+-]{0,39}$/u;

/** What a person calls the device: `Chrome on Windows`. */
export function deviceLabel(userAgent: string | null): string {
  if (!userAgent) return 'Unknown device';
  const { browser, os } = Bowser.parse(userAgent.slice(0, MAX_USER_AGENT_LENGTH));
  const parts = [browser.name, os.name].filter((part) => part !== undefined && NAME.test(part));
  return parts.length > 0 ? parts.join(' on ') : 'Unknown device';
}
