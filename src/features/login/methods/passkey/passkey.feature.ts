import { PasskeyLoginResolver } from './passkey-login.resolver.js';

/** What sign-in with a passkey adds to the login feature; the passkeys themselves are second factors too, and theirs. */
export const passkeyManifest = {
  entities: [],
  resolvers: [PasskeyLoginResolver],
  errors: [],
  events: [],
  mails: [],
  personalData: [],
};
