import type { JobDefinition } from '../../platform/feature.js';
import type { SigningKeyService } from './signing-key.service.js';

/** Every ten minutes: retiring keys leave on time, and the active one is rotated when it is old enough. */
export const rotateSigningKeysJob: JobDefinition<{ signingKeys: SigningKeyService }> = {
  name: 'rotate-signing-keys',
  schedule: '*/10 * * * *',
  run: ({ signingKeys }) => signingKeys.keepFresh(),
};
