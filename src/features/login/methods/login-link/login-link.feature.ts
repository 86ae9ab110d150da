import {
  loginLinkErrors,
  loginLinkRefused,
  loginLinkRequested,
  passwordDiscarded,
} from './login-link.contract.js';
import { loginLinkMail } from './login-link.mail.js';
import { LoginLinkResolver } from './login-link.resolver.js';
import { passwordDiscardedMail } from './password-discarded.mail.js';

/** What sign-in by mail adds to the login feature. */
export const loginLinkManifest = {
  entities: [],
  resolvers: [LoginLinkResolver],
  errors: [loginLinkErrors],
  events: [loginLinkRequested, loginLinkRefused, passwordDiscarded],
  mails: [loginLinkMail, passwordDiscardedMail],
  personalData: [],
};
