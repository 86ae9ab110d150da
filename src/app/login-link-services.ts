import { FactorRemovalService } from '../features/login/factor-removal/factor-removal.service.js';
import { FactorRemovalConfirmationService } from '../features/login/factor-removal/factor-removal-confirmation.service.js';
import { RemoverFactorService } from '../features/login/factor-removal/remover-factor.service.js';
import { AddressOwnerService } from '../features/login/methods/login-link/address-owner.service.js';
import { LoginLinkMethod } from '../features/login/methods/login-link/login-link.method.js';
import { LoginLinkService } from '../features/login/methods/login-link/login-link.service.js';
import type { Infrastructure } from './infrastructure.js';

type DepsOf<Service extends abstract new (deps: never) => object> = ConstructorParameters<Service>[0];

/** What they need of the services below. */
type BelowLinks = Infrastructure &
  Omit<DepsOf<typeof LoginLinkService>, 'settings' | 'accountUrl'> &
  Omit<DepsOf<typeof LoginLinkMethod>, 'loginLinks' | 'addressOwners'> &
  DepsOf<typeof AddressOwnerService>;

type BelowRemovals = Omit<DepsOf<typeof FactorRemovalService>, 'removerFactors'> &
  Omit<DepsOf<typeof FactorRemovalConfirmationService>, 'factorRemovals' | 'removerFactors'>;

/** Floor 5: sign-in by mail. */
export function buildLoginLinks(below: BelowLinks) {
  const { mailLook, loginLinks: settings } = below.config;
  const { accountUrl } = mailLook;
  const loginLinks = new LoginLinkService({ ...below, settings, accountUrl });
  const addressOwners = new AddressOwnerService(below);
  return { loginLinks, loginLinkMethod: new LoginLinkMethod({ ...below, loginLinks, addressOwners }) };
}

/** Floor 5: second factors that two admins take away. */
export function buildFactorRemovals(below: BelowRemovals) {
  const removerFactors = new RemoverFactorService(below);
  const factorRemovals = new FactorRemovalService({ ...below, removerFactors });
  const factorRemovalConfirmations = new FactorRemovalConfirmationService({
    ...below,
    factorRemovals,
    removerFactors,
  });
  return { factorRemovals, factorRemovalConfirmations };
}
