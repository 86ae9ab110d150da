import { accountSettings } from './account-settings.js';
import { assuranceSettings } from './assurance-settings.js';
import { machineSettings } from './machine-settings.js';
import type { Problem } from './problem.js';
import { securitySettings } from './security-settings.js';
import { serviceSettings } from './service-settings.js';
import { readSetting, type Setting } from './setting.js';

/** Every variable the product reads, each declared once, in groups. */
export const settings = {
  ...serviceSettings,
  ...securitySettings,
  ...accountSettings,
  ...assuranceSettings,
  ...machineSettings,
};

/** The headings of the groups in the reference. */
export const groupTitles: Readonly<Record<keyof typeof settings, string>> = {
  process: 'Process',
  server: 'Server',
  database: 'Database',
  mail: 'Mail',
  cors: 'Calls from other origins (CORS)',
  identity: 'Identity of the service',
  keys: 'Encryption keys',
  cookies: 'Cookies',
  signing: 'Token signing keys',
  tokens: 'Tokens',
  sessions: 'Sessions',
  passwordHash: 'Password hashing',
  lockout: 'Lockout',
  rateLimits: 'Budgets',
  registration: 'Registration',
  passwords: 'Passwords',
  reauthentication: 'Fresh authentication',
  mailLook: 'How mails look',
  sessionCookies: 'Session cookies',
  mfa: 'Second factors',
  passkeys: 'Passkeys',
  loginLinks: 'Sign-in by mail',
  actions: 'Action tokens',
  places: 'Places',
  access: 'Who may do what',
  apiKeys: 'API keys',
};

type Settings = typeof settings;
type ValueOf<Declared> = Declared extends Setting<infer Value> ? Value : never;

/** What the environment says, variable by variable, before anything is derived from it. */
export type SettingValues = {
  readonly [Group in keyof Settings]: {
    readonly [Name in keyof Settings[Group]]: ValueOf<Settings[Group][Name]>;
  };
};

/** Reads every setting. A variable with a problem reads as if it were not set, so that the others are judged too. */
export function readSettings(env: NodeJS.ProcessEnv): { values: SettingValues; problems: Problem[] } {
  const problems: Problem[] = [];
  const groups = Object.entries(settings).map(([group, declared]) => {
    const values = Object.entries<Setting<unknown>>(declared).map(([name, one]) => {
      const { value, problem } = readSetting(one, env);
      if (problem) problems.push(problem);
      return [name, value];
    });
    return [group, Object.fromEntries(values) as unknown];
  });
  return { values: Object.fromEntries(groups) as SettingValues, problems };
}

/** Every setting of the table, in order. */
export function allSettings(): readonly Setting<unknown>[] {
  return Object.values(settings).flatMap((group) => Object.values<Setting<unknown>>(group));
}
