import { importOperatorModule } from '../../../platform/config/operator-module.js';
import { ConfigError } from '../../../platform/config/problem.js';
import type { LoginPolicy } from './login-demands.contract.js';

const VARIABLE = 'AUTH_LOGIN_POLICY_MODULE';

/** The operator's policy, or null where there is none. Throws ConfigError: without it nobody may be let in. */
export async function loadLoginPolicy(path: string | null): Promise<LoginPolicy | null> {
  if (path === null) return null;
  const policy = await importOperatorModule(path, VARIABLE);
  if (isPolicy(policy)) return policy;
  const sentence = 'must name a module whose default export is a function.';
  throw new ConfigError([{ variable: VARIABLE, sentence }]);
}

function isPolicy(value: unknown): value is LoginPolicy {
  return typeof value === 'function';
}
