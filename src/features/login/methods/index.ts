import type { Feature } from '../../../platform/feature.js';
import { loginLinkManifest } from './login-link/login-link.feature.js';
import { passkeyManifest } from './passkey/passkey.feature.js';
import { passwordManifest } from './password/password.feature.js';

/** What a method adds to the feature. */
export type LoginMethodManifest = Pick<
  Required<Feature<object>>,
  'entities' | 'resolvers' | 'errors' | 'events' | 'mails' | 'personalData'
>;

/** The login methods. */
export const loginMethods: readonly LoginMethodManifest[] = [
  passwordManifest,
  passkeyManifest,
  loginLinkManifest,
];
