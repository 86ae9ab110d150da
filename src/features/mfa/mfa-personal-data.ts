import type { EntityName } from '@mikro-orm/core';
import type { DataSubject, PersonalData } from '../../platform/personal-data.js';
import { EmailCode } from './factors/email-code/email-code.entity.js';
import { Passkey } from './factors/passkey/passkey.entity.js';
import { RecoveryCode } from './factors/recovery-code/recovery-code.entity.js';
import { Totp } from './factors/totp/totp.entity.js';
import { TrustedDevice } from './trusted-devices/trusted-device.entity.js';

const ofUser = ({ userId }: DataSubject) => ({ userId });
const oldestFirst = { orderBy: { id: 'asc' } } as const;
const because = 'Nobody signs in to the account any more.';

/** Of each factor its owner gets to read that they have it, and nothing that it is proved with. */
export const personalFactors: readonly PersonalData[] = [
  {
    ...rowsOf('totp_factors', Totp),
    about: 'The authenticator apps of the person: their names, and their secrets, encrypted.',
    export: async (em, subject) =>
      (await em.find(Totp, ofUser(subject), oldestFirst)).map((totp) => ({
        name: totp.name,
        confirmedAt: textOf(totp.confirmedAt),
        ...usesOf(totp),
      })),
  },
  {
    ...rowsOf('recovery_codes', RecoveryCode),
    about: 'The recovery codes of the person, hashed, and which were used when.',
    export: async (em, subject) =>
      (await em.find(RecoveryCode, ofUser(subject), oldestFirst)).map(({ createdAt, usedAt }) => ({
        createdAt: createdAt.toISOString(),
        usedAt: textOf(usedAt),
      })),
  },
  {
    ...rowsOf('email_code_factors', EmailCode),
    about: 'That the person takes codes by mail, since when, and when the last one was used.',
    export: async (em, subject) => (await em.find(EmailCode, ofUser(subject), oldestFirst)).map(usesOf),
  },
  {
    ...rowsOf('passkeys', Passkey),
    about: 'The passkeys of the person: their names, the models they are kept on, and their public keys.',
    export: async (em, subject) =>
      (await em.find(Passkey, ofUser(subject), oldestFirst)).map((passkey) => ({
        name: passkey.name,
        credentialId: passkey.credentialId,
        aaguid: passkey.aaguid,
        transports: passkey.transports,
        ...usesOf(passkey),
      })),
  },
  {
    ...rowsOf('trusted_devices', TrustedDevice),
    about:
      'The devices on which the person is not asked for a second factor: their labels, and fingerprints.',
    export: async (em, subject) =>
      (await em.find(TrustedDevice, ofUser(subject), oldestFirst)).map((device) => ({
        device: device.label,
        expiresAt: device.expiresAt.toISOString(),
        ...usesOf(device),
      })),
  },
];

type Owned = Totp | RecoveryCode | EmailCode | Passkey | TrustedDevice;

function rowsOf(table: string, entity: EntityName<Owned>) {
  const own: Pick<PersonalData, 'table' | 'action' | 'because' | 'count' | 'erase'> = {
    table,
    action: 'deleted',
    because,
    count: async (em, subject) => await em.count(entity, ofUser(subject)),
    erase: async (em, subject) => void (await em.nativeDelete(entity, ofUser(subject))),
  };
  return own;
}

function usesOf({ createdAt, lastUsedAt }: { createdAt: Date; lastUsedAt: Date | null }) {
  return { createdAt: createdAt.toISOString(), lastUsedAt: textOf(lastUsedAt) };
}

function textOf(moment: Date | null): string | null {
  return moment?.toISOString() ?? null;
}
