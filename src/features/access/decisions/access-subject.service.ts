import type {
  ApiKeyPrincipal,
  Caller,
  ServiceAccountPrincipal,
  UserPrincipal,
} from '../../../kernel/caller.js';
import type { Clock } from '../../../kernel/clock.js';
import type { UserService } from '../../users/user.service.js';
import type { AccessService } from '../access.service.js';

type Machine = ServiceAccountPrincipal | ApiKeyPrincipal;

/** Whom one asks about. */
export interface AccessSubject {
  readonly kind: (UserPrincipal | Machine)['kind'];
  readonly id: string;
  /** For a user: the session that they do it through; null for none in particular. */
  readonly sessionId: string | null;
  /** Where they do it from; null for nowhere in particular. */
  readonly ip: string | null;
}

/** What a session that may be used says of its user. Times are seconds since the epoch. */
export interface SubjectSession {
  readonly userId: string;
  readonly authTime: number;
  readonly amr: readonly string[];
  readonly acr: string;
  readonly lacksSecondFactor: boolean;
}

/** Of a user through no session in particular: nothing is proved, so that all that would have to be is missing. */
const UNPROVED = { authTime: 0, amr: [], acr: 'aal1', lacksSecondFactor: false } as const;

interface Deps {
  readonly users: UserService;
  readonly access: AccessService;
  readonly clock: Clock;
  /** For so long after a proof its user counts as freshly authenticated. */
  readonly freshSeconds: number;
}

/**
 * Stands in for somebody who is not here, so that what they may do can be told. What their credentials say, the features
 * that own those tell it: they hang themselves on here.
 */
export class AccessSubjectService {
  private readonly machines = new Map<Machine['kind'], (id: string) => Promise<Machine | null>>();
  private findSession: (id: string) => Promise<SubjectSession | null> = async () => null;

  constructor(private readonly deps: Deps) {}

  /** `find`: the machine of that id as it would come in now, or null when it could not. */
  knowMachines<Kind extends Machine['kind']>(
    kind: Kind,
    find: (id: string) => Promise<(Machine & { readonly kind: Kind }) | null>,
  ): void {
    this.machines.set(kind, find);
  }

  /** `find`: a session that may be used, or null. */
  knowSessions(find: (id: string) => Promise<SubjectSession | null>): void {
    this.findSession = find;
  }

  /** Them as a caller, or null when they may do nothing: gone, deactivated, disabled, or without that session. */
  async find(subject: AccessSubject, requestId: string): Promise<Caller | null> {
    const { kind, id, ip } = subject;
    const principal = kind === 'user' ? await this.findUser(subject) : await this.machines.get(kind)?.(id);
    if (!principal) return null;
    return { principal, ip, userAgent: null, place: null, deviceId: null, requestId };
  }

  private async findUser({ id, sessionId }: AccessSubject): Promise<UserPrincipal | null> {
    const user = await this.deps.users.findById(id);
    if (user?.status !== 'active') return null;
    const session = sessionId === null ? UNPROVED : await this.findSession(sessionId);
    if (!session || ('userId' in session && session.userId !== id)) return null;
    const { authTime, amr, acr, lacksSecondFactor } = session;
    const age = this.deps.clock.now().getTime() / 1000 - authTime;
    return {
      kind: 'user',
      id,
      email: user.email,
      emailVerified: user.emailVerifiedAt !== null,
      sessionId: sessionId ?? '',
      authTime: Math.floor(authTime),
      amr,
      acr,
      provedAt: lacksSecondFactor ? null : authTime,
      fresh: !lacksSecondFactor && age <= this.deps.freshSeconds,
      expiresAt: 0,
      ...(await this.deps.access.grantsOf({ kind: 'user', id })),
    };
  }
}
