import { registerEnumType } from 'type-graphql';

/** The kinds of second factors, as the schema names them. */
export const FactorKind = {
  TOTP: 'totp',
  PASSKEY: 'passkey',
  EMAIL_CODE: 'email_code',
  RECOVERY_CODE: 'recovery_code',
} as const;
export type FactorKind = (typeof FactorKind)[keyof typeof FactorKind];
registerEnumType(FactorKind, {
  name: 'FactorKind',
  description: 'The kinds of second factors.',
  valuesConfig: {
    TOTP: { description: 'A code of six digits from an authenticator app (RFC 6238).' },
    PASSKEY: { description: 'A passkey or security key (WebAuthn).' },
    EMAIL_CODE: { description: 'A code of six digits that is mailed to the proved address.' },
    RECOVERY_CODE: { description: 'A code on paper that stands in for the others when they are lost.' },
  },
});
