/**
 * An address as the mailbox before it may read it: its owner recognises it, and nobody else learns it. One letter
 * of the local part, so that not even its length shows.
 */
export function maskEmailAddress(address: string): string {
  const at = address.lastIndexOf('@');
  const [first = '', ...rest] = address.slice(0, Math.max(at, 0));
  return `${rest.length > 1 ? first : ''}•••${address.slice(Math.max(at, 0))}`;
}

/** What may be kept of an address that is perhaps somebody else's: where it is, and not whose. */
export function hideMailbox(address: string): string {
  return `•••${address.slice(address.lastIndexOf('@'))}`;
}
