import type { Secret } from '../../kernel/secret.js';

/** Everything the operator decides, read once and frozen. Durations are in seconds; secrets never print. */
export interface Config {
  readonly environment: 'development' | 'test' | 'production';
  readonly server: {
    readonly host: string;
    /** 0 lets the system choose. */
    readonly port: number;
    /** The origin under which the server is reached, without a trailing slash. */
    readonly publicUrl: string;
    /** Addresses and networks (CIDR) whose `X-Forwarded-For` is believed. */
    readonly trustedProxies: readonly string[];
    readonly bodyLimitBytes: number;
  };
  readonly database:
    | { readonly kind: 'embedded' /** A folder, or `memory://`. */; readonly directory: string }
    | { readonly kind: 'postgres'; readonly url: Secret; readonly poolSize: number };
  /** An absolute path, or `memory://` when nothing may be written. */
  readonly dataDirectory: string;
  /** The `iss` of every token. */
  readonly issuer: string;
  /** The `aud` of tokens for our own API. */
  readonly audience: string;
  /** The root keys of encryption at rest; old ones only open what they sealed. */
  readonly keys: { readonly encryption: Secret; readonly oldEncryption: readonly Secret[] };
  /** What cookies are signed with; old secrets are only accepted. */
  readonly cookies: { readonly secret: Secret; readonly oldSecrets: readonly Secret[] };
  readonly signing: {
    readonly algorithm: 'ES256' | 'RS256' | 'EdDSA';
    /** 0: never by itself. */
    readonly rotationSeconds: number;
    readonly publishAheadSeconds: number;
  };
  readonly tokens: { readonly accessTtlSeconds: number };
  readonly sessions: {
    readonly idleTtlSeconds: number;
    readonly absoluteTtlSeconds: number;
    readonly replayWindowSeconds: number;
  };
  readonly passwordHash: {
    readonly memoryKib: number;
    readonly timeCost: number;
    readonly parallelism: number;
    /** Hashes that may wait for a core. */
    readonly queueLimit: number;
  };
  readonly registration: {
    readonly enabled: boolean;
    /** Empty: every domain. */
    readonly allowedDomains: readonly string[];
    readonly requireVerifiedEmail: boolean;
  };
  readonly passwords: {
    readonly minLength: number;
    readonly requireSymbol: boolean;
    readonly breachCheck: boolean;
    readonly breachCheckUrl: string;
    readonly breachCheckOnError: 'accept' | 'refuse';
  };
  /** How long after a sign-in a person counts as freshly authenticated. */
  readonly freshSeconds: number;
  readonly mailLook: {
    readonly productName: string;
    readonly logoUrl: string | null;
    /** `#rrggbb`. */
    readonly color: string;
    readonly locale: string;
    /** A folder of the operator's with more languages, or null. */
    readonly localesDirectory: string | null;
    /** Where links in mails lead, without a trailing slash. */
    readonly accountUrl: string;
  };
  readonly sessionCookies: {
    readonly name: string;
    readonly secure: boolean;
    readonly sameSite: 'strict' | 'lax' | 'none';
    readonly domain: string | null;
    readonly maxAgeSeconds: number | null;
  };
  readonly mfa: {
    /** Whether accounts get `secondFactorRequired` when they are created. */
    readonly requiredForNewUsers: boolean;
    readonly requiredForAllUsers: boolean;
    /** Names of roles. */
    readonly requiredRoles: readonly string[];
    readonly enrolmentGraceSeconds: number;
    /** 0: no device is trusted. */
    readonly trustedDeviceSeconds: number;
    readonly emailCode: boolean;
    /** Names of providers whose `acr` and `amr` count. */
    readonly trustedProviders: readonly string[];
    /** A path, or null. */
    readonly policyModule: string | null;
  };
  readonly passkeys: {
    readonly rpId: string;
    /** The origins of pages that may use passkeys; never empty. */
    readonly origins: readonly string[];
    /** Whether one that verifies its owner is enough to sign in. */
    readonly login: boolean;
  };
  readonly loginLinks: { readonly enabled: boolean };
  readonly actions: {
    /** Those of the operator's services; those of this one are declared in code. */
    readonly names: readonly string[];
    readonly tokenTtlSeconds: number;
  };
  /** The header that tells places, lower case, or null. */
  readonly places: { readonly header: string | null };
  readonly access: {
    /** Paths, or null. */
    readonly permissionsFile: string | null;
    readonly rulesModule: string | null;
  };
  readonly apiKeys: { readonly defaultDays: number; readonly maxDays: number };
  readonly lockout: {
    readonly threshold: number;
    readonly windowSeconds: number;
    readonly baseSeconds: number;
    readonly capSeconds: number;
  };
  /** Requests that one network (/24 or /64) may make, right or wrong, unless it says otherwise. */
  readonly rateLimits: {
    readonly loginsPerMinute: number;
    readonly signUpsPerHour: number;
    readonly mailRequestsPerHour: number;
    /** For one service account. */
    readonly tokenRequestsPerMinute: number;
    /** For one service account, at this process. */
    readonly introspectionsPerMinute: number;
    /** For one credential, at this process. */
    readonly validationsPerMinute: number;
    /** For one network. */
    readonly clientFailuresPerMinute: number;
  };
  readonly systemAdmin: { readonly email: string | null; readonly password: Secret | null };
  readonly mail:
    | {
        readonly kind: 'smtp';
        readonly host: string;
        readonly port: number;
        readonly secure: boolean;
        readonly username: string | null;
        readonly password: Secret | null;
        readonly from: string;
      }
    | { readonly kind: 'dev-mailbox'; readonly from: string };
  readonly cors: {
    /** Exact origins, or `*`. Empty: nobody. */
    readonly origins: readonly string[];
    /** Sources of regular expressions, anchored at both ends. */
    readonly originPatterns: readonly string[];
    readonly methods: readonly string[];
    readonly headers: readonly string[];
    readonly credentials: boolean;
  };
  readonly log: { readonly level: 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'silent' };
  /** What is odd but no reason to refuse, one sentence each. */
  readonly warnings: readonly string[];
}
