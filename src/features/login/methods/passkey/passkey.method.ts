import type { Caller } from '../../../../kernel/caller.js';
import { networkOf } from '../../../../kernel/network.js';
import type { RateLimiter } from '../../../../platform/rate-limiter.js';
import type { AccountGuardService } from '../../../access/account-guard.service.js';
import type {
  AssertionRequest,
  PasskeyAssertionService,
} from '../../../mfa/factors/passkey/passkey-assertion.service.js';
import { Passkey } from '../../../mfa/factors/passkey/passkey.entity.js';
import { mfaErrors } from '../../../mfa/mfa.contract.js';
import type { UserService } from '../../../users/user.service.js';
import { type Claim, claimOf, type LoginMethod, type Proof } from '../../login-method.js';

/** What the browser answered with, as JSON (WebAuthn §5.1). */
export interface PasskeyInput {
  readonly credential: Readonly<Record<string, unknown>>;
}

interface Deps {
  readonly users: UserService;
  readonly passkeyAssertions: PasskeyAssertionService;
  readonly accountGuard: AccountGuardService;
  readonly budgets: { readonly passkeyLogin: RateLimiter };
  /** Whether the operator lets people sign in by a passkey alone. */
  readonly enabled: boolean;
}

const OCCASION = { kind: 'login' } as const;

/** Sign-in with a passkey alone: the authenticator says who its user is, and has verified them. */
export class PasskeyMethod implements LoginMethod<PasskeyInput> {
  readonly name = 'passkey';

  constructor(private readonly deps: Deps) {
    if (!deps.enabled) return;
    deps.accountGuard.countWhoSignInBy(async (em, userIds) => {
      const passkeys = await em.find(Passkey, { userId: { $in: [...userIds] }, userVerified: true });
      return passkeys.map(({ userId }) => userId);
    });
  }

  /** What `navigator.credentials.get` takes, for whoever asks. Throws FACTOR_UNAVAILABLE or RATE_LIMITED. */
  async ask({ ip }: Caller): Promise<AssertionRequest> {
    this.assertEnabled();
    await this.deps.budgets.passkeyLogin.consume(networkOf(ip));
    return await this.deps.passkeyAssertions.ask(OCCASION, []);
  }

  /**
   * Whose passkey it is, by our own table: what the answer says of its user is only ever compared with that (in
   * Rodauth 2.46 it chose the account). Throws FACTOR_UNAVAILABLE.
   */
  async identify({ credential }: PasskeyInput): Promise<Claim> {
    this.assertEnabled();
    const passkey = await this.deps.passkeyAssertions.findAnswering(credential);
    const user = passkey && (await this.deps.users.findById(passkey.userId));
    return claimOf(nameOf(credential), user);
  }

  /** Credential ids are random, so that it tells nothing how much work an unknown one is. */
  async prove({ user }: Claim, { credential }: PasskeyInput, caller: Caller): Promise<Proof | null> {
    const { passkeyAssertions } = this.deps;
    const answering = await passkeyAssertions.findAnswering(credential);
    const passkey = answering?.userId === user?.id ? answering : null;
    const given = { answer: credential, occasion: OCCASION };
    const proved = await passkeyAssertions.prove(caller, passkey, given);
    if (!user || !proved) return null;
    const { id, amr, lineage } = proved;
    return {
      user,
      amr,
      rests: 'possession',
      // Something they have, and the PIN or finger that it has just asked for (NIST SP 800-63B §3.1.6).
      multiFactor: true,
      credential: { name: `passkey:${id}`, lineage },
      stillHolds: async ({ em }) => (await em.count(Passkey, { id, userId: user.id })) > 0,
    };
  }

  private assertEnabled(): void {
    if (!this.deps.enabled) throw mfaErrors.FACTOR_UNAVAILABLE();
  }
}

/** What the audit trail calls a passkey that nobody has. */
function nameOf({ id }: PasskeyInput['credential']): string {
  return typeof id === 'string' && /^[\w-]+$/.test(id) ? `passkey ${id.slice(0, 100)}` : 'passkey';
}
