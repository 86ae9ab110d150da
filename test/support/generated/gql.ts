/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query Viewer { viewer { id kind email roles permissions user { id email } } }": typeof types.ViewerDocument,
    "\n    mutation CreateServiceAccount($input: CreateServiceAccountInput!) {\n      createServiceAccount(input: $input) { clientId clientSecret serviceAccount { id name } }\n    }\n  ": typeof types.CreateServiceAccountDocument,
    "\n    mutation DisableServiceAccount($input: DisableServiceAccountInput!) {\n      disableServiceAccount(input: $input) { serviceAccount { id enabled } }\n    }\n  ": typeof types.DisableServiceAccountDocument,
    "\n    mutation RegisterAudience($input: RegisterAudienceInput!) {\n      registerAudience(input: $input) { audience { id identifier } }\n    }\n  ": typeof types.RegisterAudienceDocument,
    "\n    mutation RotateSigningKey($input: RotateSigningKeyInput!) {\n      rotateSigningKey(input: $input) { signingKey { id status } }\n    }\n  ": typeof types.RotateSigningKeyDocument,
    "\n    query AuditEvents($first: Int!, $after: String, $filter: AuditEventFilter) {\n      auditEvents(first: $first, after: $after, filter: $filter) {\n        edges { node { sequence name actorKind userId subjectId payload personal } }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n  ": typeof types.AuditEventsDocument,
    "query VerifyAuditChain { verifyAuditChain { valid checked } }": typeof types.VerifyAuditChainDocument,
};
const documents: Documents = {
    "query Viewer { viewer { id kind email roles permissions user { id email } } }": types.ViewerDocument,
    "\n    mutation CreateServiceAccount($input: CreateServiceAccountInput!) {\n      createServiceAccount(input: $input) { clientId clientSecret serviceAccount { id name } }\n    }\n  ": types.CreateServiceAccountDocument,
    "\n    mutation DisableServiceAccount($input: DisableServiceAccountInput!) {\n      disableServiceAccount(input: $input) { serviceAccount { id enabled } }\n    }\n  ": types.DisableServiceAccountDocument,
    "\n    mutation RegisterAudience($input: RegisterAudienceInput!) {\n      registerAudience(input: $input) { audience { id identifier } }\n    }\n  ": types.RegisterAudienceDocument,
    "\n    mutation RotateSigningKey($input: RotateSigningKeyInput!) {\n      rotateSigningKey(input: $input) { signingKey { id status } }\n    }\n  ": types.RotateSigningKeyDocument,
    "\n    query AuditEvents($first: Int!, $after: String, $filter: AuditEventFilter) {\n      auditEvents(first: $first, after: $after, filter: $filter) {\n        edges { node { sequence name actorKind userId subjectId payload personal } }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n  ": types.AuditEventsDocument,
    "query VerifyAuditChain { verifyAuditChain { valid checked } }": types.VerifyAuditChainDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Viewer { viewer { id kind email roles permissions user { id email } } }"): typeof import('./graphql.js').ViewerDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation CreateServiceAccount($input: CreateServiceAccountInput!) {\n      createServiceAccount(input: $input) { clientId clientSecret serviceAccount { id name } }\n    }\n  "): typeof import('./graphql.js').CreateServiceAccountDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation DisableServiceAccount($input: DisableServiceAccountInput!) {\n      disableServiceAccount(input: $input) { serviceAccount { id enabled } }\n    }\n  "): typeof import('./graphql.js').DisableServiceAccountDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation RegisterAudience($input: RegisterAudienceInput!) {\n      registerAudience(input: $input) { audience { id identifier } }\n    }\n  "): typeof import('./graphql.js').RegisterAudienceDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    mutation RotateSigningKey($input: RotateSigningKeyInput!) {\n      rotateSigningKey(input: $input) { signingKey { id status } }\n    }\n  "): typeof import('./graphql.js').RotateSigningKeyDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n    query AuditEvents($first: Int!, $after: String, $filter: AuditEventFilter) {\n      auditEvents(first: $first, after: $after, filter: $filter) {\n        edges { node { sequence name actorKind userId subjectId payload personal } }\n        pageInfo { hasNextPage endCursor }\n      }\n    }\n  "): typeof import('./graphql.js').AuditEventsDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query VerifyAuditChain { verifyAuditChain { valid checked } }"): typeof import('./graphql.js').VerifyAuditChainDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
