import { integer, line } from './env.js';
import { optional, setting } from './setting.js';

/** Settings of who may do what, and of the credentials of machines. */
export const machineSettings = {
  access: {
    permissionsFile: optional('AUTH_PERMISSIONS_FILE', line(), {
      otherwise: 'the permissions of this product alone',
      about: 'A JSON file with the permissions of your services: `[{ "name", "description" }]`.',
      example: './permissions.json',
    }),
    rulesModule: optional('AUTH_ACCESS_RULES_MODULE', line(), {
      otherwise: 'no further rules',
      about: 'A module of yours with attribute rules, which can only refuse more; see the guide.',
      example: './access-rules.js',
    }),
  },
  apiKeys: {
    defaultDays: setting('AUTH_API_KEY_DEFAULT_DAYS', integer(1, 3650), {
      default: '90',
      about: 'After how many days an API key expires if its creator says nothing.',
    }),
    maxDays: setting('AUTH_API_KEY_MAX_DAYS', integer(1, 3650), {
      default: '365',
      about: 'The most days that an API key may be valid.',
    }),
  },
} as const;
