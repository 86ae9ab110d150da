import type { Client } from './client.js';
import { graphql } from './generated/gql.js';
import type { TypedDocumentString } from './generated/graphql.js';

/** Operations whose variables and answers are typed by the schema, so that a changed field fails to compile. */
export const operations = {
  viewer: graphql(`query Viewer { viewer { id kind email roles permissions user { id email } } }`),
  createServiceAccount: graphql(`
    mutation CreateServiceAccount($input: CreateServiceAccountInput!) {
      createServiceAccount(input: $input) { clientId clientSecret serviceAccount { id name } }
    }
  `),
  disableServiceAccount: graphql(`
    mutation DisableServiceAccount($input: DisableServiceAccountInput!) {
      disableServiceAccount(input: $input) { serviceAccount { id enabled } }
    }
  `),
  registerAudience: graphql(`
    mutation RegisterAudience($input: RegisterAudienceInput!) {
      registerAudience(input: $input) { audience { id identifier } }
    }
  `),
  rotateSigningKey: graphql(`
    mutation RotateSigningKey($input: RotateSigningKeyInput!) {
      rotateSigningKey(input: $input) { signingKey { id status } }
    }
  `),
  auditEvents: graphql(`
    query AuditEvents($first: Int!, $after: String, $filter: AuditEventFilter) {
      auditEvents(first: $first, after: $after, filter: $filter) {
        edges { node { sequence name actorKind userId subjectId payload personal } }
        pageInfo { hasNextPage endCursor }
      }
    }
  `),
  verifyAuditChain: graphql(`query VerifyAuditChain { verifyAuditChain { valid checked } }`),
};

/** Sends a typed operation; throws with the error code when it is refused. */
export async function run<Result, Variables extends object>(
  client: Client,
  operation: TypedDocumentString<Result, Variables>,
  variables: Variables,
): Promise<Result> {
  const { data, errors } = await client.send(operation.toString(), variables);
  if (errors.length > 0 || !data) throw new Error(`${errors[0]?.extensions['code']}: ${errors[0]?.message}`);
  return data as Result;
}
