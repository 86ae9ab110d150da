/**
 * What is to be reached. `atLeast`: of the base's figure in the same round (the median over the rounds);
 * `cpu` compares the base's CPU time for a request with ours. `atMost`: a figure by itself, the median over the
 * rounds, or with `total` their sum: one stale answer is one too many.
 */
export const goals = [
  { id: 'G1', scenario: 'introspect', base: 'http-get', of: 'rps', atLeast: 0.45, stretch: 0.55 },
  { id: 'G1', scenario: 'introspect', base: 'fastify-form', of: 'rps', atLeast: 0.7 },
  { id: 'G2', scenario: 'introspect-key', base: 'http-get', of: 'rps', atLeast: 0.45, stretch: 0.55 },
  { id: 'G3', scenario: 'validate', base: 'http-get', of: 'rps', atLeast: 0.5, stretch: 0.6 },
  { id: 'G4', scenario: 'introspect-new-token', base: 'floor-verify', of: 'rps', atLeast: 0.9, stretch: 1.3 },
  { id: 'G5', scenario: 'introspect-new-session', base: 'floor-verify-lookup', of: 'rps', atLeast: 0.9 },
  { id: 'G6', scenario: 'introspect', base: 'oidc-memory', of: 'rps', atLeast: 2.5, stretch: 3.3 },
  { id: 'G6', scenario: 'introspect', base: 'oidc-postgres', of: 'rps', atLeast: 5, stretch: 8 },
  { id: 'G6', scenario: 'introspect', base: 'better-auth-session', of: 'rps', atLeast: 12, stretch: 20 },
  { id: 'G6', scenario: 'introspect-key', base: 'better-auth-key', of: 'rps', atLeast: 12, stretch: 20 },
  { id: 'G7', scenario: 'login', base: 'argon2-loop', of: 'rps', atLeast: 0.85, stretch: 0.92 },
  { id: 'G7', scenario: 'login', base: 'argon2-loop', of: 'cpu', atLeast: 1 / 1.1, stretch: 1 / 1.05 },
  { id: 'G8', experiment: 'login-storm', figure: 'eventLoopP99', atMost: 10, stretch: 5, unit: 'ms' },
  { id: 'G8', experiment: 'login-storm', figure: 'eventLoopToLoop', atMost: 2, unit: 'x' },
  { id: 'G8', experiment: 'login-storm', figure: 'introspectToQuiet', atMost: 3, unit: 'x' },
  { id: 'G8', experiment: 'login-storm', figure: 'newTokenP99', atMost: 10, unit: 'ms' },
  { id: 'G9', scenario: 'refresh', base: 'refresh-loop-transaction', of: 'rps', atLeast: 1 },
  { id: 'G9', scenario: 'refresh', base: 'refresh-loop-statement', of: 'rps', atLeast: 0.4, stretch: 0.55 },
  { id: 'G10', scenario: 'viewer', base: 'apollo', of: 'rps', atLeast: 0.9 },
  { id: 'G12', experiment: 'revocation', figure: 'p99', atMost: 20, stretch: 10, unit: 'ms' },
  {
    id: 'G12',
    experiment: 'revocation',
    figure: 'staleOnSameServer',
    total: true,
    atMost: 0,
    unit: 'answers',
  },
];
