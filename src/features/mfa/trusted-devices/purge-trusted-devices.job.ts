import type { JobDefinition } from '../../../platform/feature.js';
import type { TrustedDeviceService } from './trusted-device.service.js';

/** Every night: trust that is over goes. */
export const purgeTrustedDevicesJob: JobDefinition<{ trustedDevices: TrustedDeviceService }> = {
  name: 'purge-trusted-devices',
  schedule: '47 2 * * *',
  run: async ({ trustedDevices }) => {
    await trustedDevices.purge();
  },
};
