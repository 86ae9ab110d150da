import type { Encryption } from '../crypto/encryption.js';
import type { MailValues } from './mail-definition.js';

/** What a mail row keeps for itself: addresses, and links and codes that are secrets. */
export interface MailContents {
  /** Null for a decoy, which is sent to nobody. */
  readonly to: string | null;
  readonly locale: string | null;
  readonly values: MailValues;
}

/** Seals the contents of the row `id`. */
export function sealMail(encryption: Encryption, id: string, contents: MailContents): string {
  return encryption.seal(JSON.stringify(contents), contextOf(id));
}

/** Opens what `sealMail` sealed for the same row; throws on anything else. */
export function openMail(encryption: Encryption, id: string, sealed: string): MailContents {
  return JSON.parse(encryption.open(sealed, contextOf(id))) as MailContents;
}

function contextOf(id: string) {
  return { purpose: 'outgoing mail', table: 'outgoing_mails', row: id, column: 'sealed' };
}
