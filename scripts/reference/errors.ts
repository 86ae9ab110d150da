import { allFeatures } from '../../src/app/features.js';
import { limitErrors } from '../../src/graphql/limits.js';
import { httpErrors } from '../../src/http/http-errors.js';
import { emailErrors } from '../../src/kernel/email-address.js';
import { type ErrorDefinition, errorCatalogue, errors } from '../../src/kernel/errors.js';
import { streamErrors } from '../../src/platform/events/event-streams.js';
import { usernameErrors } from '../../src/kernel/username.js';
import { table } from './table.js';

/** One published code, and the part of the product that declares it. */
export interface PublishedError extends ErrorDefinition {
  readonly code: string;
  readonly where: string;
}

type Catalogue = { readonly [errorCatalogue]: Readonly<Record<string, ErrorDefinition>> };

/** Catalogues that belong to no feature: any part of the product may answer them. */
const outsideFeatures: readonly (readonly [where: string, catalogue: Catalogue])[] = [
  ['anywhere', errors],
  ['e-mail addresses', emailErrors],
  ['usernames', usernameErrors],
  ['HTTP', httpErrors],
  ['limits of a GraphQL document', limitErrors],
  ['subscriptions', streamErrors],
];

/** What graphql-js and Apollo say about a request that is no operation of this schema. */
const malformed: readonly (readonly [code: string, meaning: string])[] = [
  ['GRAPHQL_PARSE_FAILED', 'The document is not GraphQL.'],
  ['GRAPHQL_VALIDATION_FAILED', 'The document does not fit the schema.'],
  ['BAD_USER_INPUT', 'A variable does not fit its type.'],
  ['BAD_REQUEST', 'The request is not one operation.'],
  [
    'OPERATION_RESOLUTION_FAILURE',
    'The document holds no operation of that name, or several and none was named.',
  ],
];

/** Every code the product declares, in the order of its parts. */
export function publishedErrors(): PublishedError[] {
  const ofFeatures = allFeatures.flatMap(({ name, errors: catalogues }) =>
    catalogues.map((catalogue) => [name, catalogue] as const),
  );
  return [...outsideFeatures, ...ofFeatures].flatMap(([where, catalogue]) =>
    Object.entries(catalogue[errorCatalogue]).map(([code, { status, message }]) => ({
      code,
      status,
      message,
      where,
    })),
  );
}

/** The text of `docs/reference/errors.md`. */
export function renderErrors(): string {
  const rows = publishedErrors().map(({ code, status, message, where }) => [
    `\`${code}\``,
    String(status),
    message,
    where,
  ]);
  const lines = [
    '# Errors',
    '',
    'Generated from the contracts in `src/`. A code is never renamed; its sentence may change.',
    '',
    'Over GraphQL a refusal is an error whose `extensions` hold `code`, `status`, `requestId` and, where waiting',
    'helps, `retryAfter` in seconds. When the whole operation was refused, the HTTP status and `Retry-After` say',
    'the same. Plain endpoints answer problem+json (RFC 9457) with the same members; OAuth endpoints answer the',
    'names of RFC 6749 §5.2. What nobody foresaw is `INTERNAL`; the reason is in the log, under the request id.',
    '',
    ...table(['code', 'status', 'sentence', 'where'], rows),
    '',
    '## Requests that are no operation of the schema',
    '',
    'Status 400; the message is about the text that was sent.',
    '',
    ...table(
      ['code', 'meaning'],
      malformed.map(([code, meaning]) => [`\`${code}\``, meaning]),
    ),
    '',
    '## Close codes of the websocket',
    '',
    ...table(
      ['code', 'meaning'],
      [
        ['1001', 'The server is stopping; connect again.'],
        ['1009', 'A message was larger than the body limit.'],
        ['4400', 'A message was no message of the `graphql-transport-ws` protocol.'],
        ['4401', 'The credential is not accepted, has expired, or was revoked; sign in again.'],
        ['4408', 'No `connection_init` came within three seconds.'],
        ['4429', 'A second `connection_init` was sent.'],
      ],
    ),
  ];
  return `${lines.join('\n')}\n`;
}
