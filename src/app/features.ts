// First of all: the classes below are decorated while they load.
import 'reflect-metadata';
import { accessFeature } from '../features/access/access.feature.js';
import { apiKeysFeature } from '../features/api-keys/api-keys.feature.js';
import { auditFeature } from '../features/audit/audit.feature.js';
import { authenticationFeature } from '../features/authentication/authentication.feature.js';
import { challengesFeature } from '../features/challenges/challenges.feature.js';
import { lockoutFeature } from '../features/lockout/lockout.feature.js';
import { loginFeature } from '../features/login/login.feature.js';
import { mfaFeature } from '../features/mfa/mfa.feature.js';
import { privacyFeature } from '../features/privacy/privacy.feature.js';
import { serviceAccountsFeature } from '../features/service-accounts/service-accounts.feature.js';
import { sessionsFeature } from '../features/sessions/sessions.feature.js';
import { signingKeysFeature } from '../features/signing-keys/signing-keys.feature.js';
import { stepUpFeature } from '../features/step-up/step-up.feature.js';
import { tokensFeature } from '../features/tokens/tokens.feature.js';
import { usersFeature } from '../features/users/users.feature.js';
import type { Feature } from '../platform/feature.js';
import type { Services } from './services.js';

/** What the product does: the table of contents, floor by floor. */
export const allFeatures: readonly Feature<Services>[] = [
  auditFeature,
  challengesFeature,
  lockoutFeature,
  signingKeysFeature,
  tokensFeature,
  usersFeature,
  accessFeature,
  mfaFeature,
  serviceAccountsFeature,
  sessionsFeature,
  apiKeysFeature,
  authenticationFeature,
  stepUpFeature,
  loginFeature,
  privacyFeature,
];

/** The features of those names, in floor order. Throws when one is unknown or lacks what it needs. */
export function selectFeatures(names: readonly string[]): readonly Feature<Services>[] {
  const wanted = new Set(names);
  for (const name of wanted) {
    const feature = allFeatures.find((each) => each.name === name);
    if (!feature) throw new Error(`There is no feature "${name}"; there are ${namesOf(allFeatures)}.`);
    const missing = feature.needs.filter((need) => !wanted.has(need));
    if (missing.length > 0) throw new Error(`The feature "${name}" needs ${missing.join(', ')} as well.`);
  }
  return allFeatures.filter(({ name }) => wanted.has(name));
}

function namesOf(features: readonly Feature<Services>[]): string {
  return features.map(({ name }) => name).join(', ');
}
