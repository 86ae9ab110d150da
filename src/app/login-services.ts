import { LoginDemandsService } from '../features/login/login-demands/login-demands.service.js';
import { LoginBudgetService } from '../features/login/login-budget.service.js';
import { LoginGrantService } from '../features/login/login-grant.service.js';
import { LoginService } from '../features/login/login.service.js';
import { DeviceTrustService } from '../features/login/second-factor/device-trust.service.js';
import { RoleAssuranceService } from '../features/login/second-factor/role-assurance.service.js';
import { RoleChangeGuardService } from '../features/login/second-factor/role-change-guard.service.js';
import { SecondFactorRequirementService } from '../features/login/second-factor/second-factor-requirement.service.js';
import { SecondFactorService } from '../features/login/second-factor/second-factor.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type Below = Infrastructure &
  Omit<DepsOf<typeof LoginGrantService>, 'deviceTrust' | 'demands' | 'rules'> &
  Omit<DepsOf<typeof LoginService>, 'loginBudget' | 'loginGrants'> &
  Pick<DepsOf<typeof LoginDemandsService>, 'loginPolicy'> &
  Pick<DepsOf<typeof SecondFactorRequirementService>, 'accountGuard'> &
  Omit<DepsOf<typeof RoleAssuranceService>, 'settings'>;

/** Floor 5: from what was proved to a session. */
export function buildLogin(below: Below) {
  const { config } = below;
  new RoleAssuranceService({ ...below, settings: config.mfa });
  new RoleChangeGuardService({ ...below, settings: config.mfa });
  const loginBudget = new LoginBudgetService(below);
  const deviceTrust = new DeviceTrustService(below);
  const demands = new LoginDemandsService(below);
  const rules = { ...config.registration, ...config.mfa };
  const loginGrants = new LoginGrantService({ ...below, deviceTrust, demands, rules });
  const login = new LoginService({ ...below, loginBudget, loginGrants });
  return {
    login,
    secondFactors: new SecondFactorService({ ...below, loginBudget, loginGrants, login, deviceTrust }),
    secondFactorRequirements: new SecondFactorRequirementService({ ...below, settings: config.mfa }),
  };
}
