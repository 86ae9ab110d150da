/**
 * Names of fields that never reach a log line, an audit row, an event or an error.
 * Matching ignores case and separators: `client_secret`, `clientSecret` and `Client-Secret` are one.
 */
const SECRET_NAMES = [
  'password',
  'currentpassword',
  'newpassword',
  'secret',
  'clientsecret',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'apikey',
  'xapikey',
  'authorization',
  'cookie',
  'setcookie',
  'code',
  'privatekey',
  'csrftoken',
];

const secretNames = new Set(SECRET_NAMES);

/** Whether a field of this name holds a secret. */
export function isSecretName(name: string): boolean {
  return secretNames.has(name.toLowerCase().replaceAll(/[^a-z]/g, ''));
}

/** A deep copy in which every value under a secret name reads `[redacted]`. Cycles and depth are cut at 8. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value !== 'object' || value === null || depth > 8) return depth > 8 ? '[deep]' : value;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  if (value instanceof Date || value instanceof Error) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [
      name,
      isSecretName(name) ? '[redacted]' : redact(item, depth + 1),
    ]),
  );
}
