/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** Narrows a search of the audit trail; absent fields do not. */
export type AuditEventFilter = {
  /** Only what this user or service account did. */
  actorId?: string | null | undefined;
  /** Only events of this name. */
  name?: string | null | undefined;
  /** Only events at or after this time. */
  since?: string | null | undefined;
  /** Only events about the thing with this id. */
  subjectId?: string | null | undefined;
  /** Only events before this time. */
  until?: string | null | undefined;
  /** Only events that concern this user’s account. */
  userId?: string | null | undefined;
};

/** A new service account. */
export type CreateServiceAccountInput = {
  /** The audiences that it may ask access tokens for, to call those services itself. Up to 20; by default this API’s own. */
  allowedAudiences?: Array<string> | null | undefined;
  /** The audiences that it owns: as their resource server it may introspect the tokens of all their users. Up to 20; by default this API’s own. */
  audiences?: Array<string> | null | undefined;
  /** What it is for; up to 500 characters. */
  description?: string;
  /** A unique name, up to 100 characters. */
  name: string;
  /** Its roles, up to 20. Unless there are none it needs `roles:manage`, and you cannot give what you do not hold. */
  roles?: Array<string>;
  /** The permissions that its access tokens may carry at most, by name; of those, its roles decide. Up to 200; null, or nothing, for all that these give. */
  scopes?: Array<string> | null | undefined;
  /** How long its access tokens are valid, in seconds: 60 to 86400, which is a day. */
  tokenTtlSeconds?: number;
};

/** Which service account to disable. */
export type DisableServiceAccountInput = {
  /** The account’s id. */
  id: string;
};

/** A new audience. */
export type RegisterAudienceInput = {
  /** What it is, for people; up to 500 characters. */
  description?: string;
  /** The `aud` of its tokens: a name like `orders-api` or a URI, 1 to 200 characters, no spaces. */
  identifier: string;
};

/** How to rotate the signing key. */
export type RotateSigningKeyInput = {
  /** Seconds the old key keeps verifying, up to 7 days; by default the life of an access token. 0 kills the key and every token it signed at once. */
  overlapSeconds?: number | null | undefined;
};

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { viewer: { id: string, kind: string, email: string | null, roles: Array<string>, permissions: Array<string>, user: { id: string, email: string } | null } };

export type CreateServiceAccountMutationVariables = Exact<{
  input: CreateServiceAccountInput;
}>;


export type CreateServiceAccountMutation = { createServiceAccount: { clientId: string, clientSecret: string, serviceAccount: { id: string, name: string } } };

export type DisableServiceAccountMutationVariables = Exact<{
  input: DisableServiceAccountInput;
}>;


export type DisableServiceAccountMutation = { disableServiceAccount: { serviceAccount: { id: string, enabled: boolean } } };

export type RegisterAudienceMutationVariables = Exact<{
  input: RegisterAudienceInput;
}>;


export type RegisterAudienceMutation = { registerAudience: { audience: { id: string, identifier: string } } };

export type RotateSigningKeyMutationVariables = Exact<{
  input: RotateSigningKeyInput;
}>;


export type RotateSigningKeyMutation = { rotateSigningKey: { signingKey: { id: string, status: string } } };

export type AuditEventsQueryVariables = Exact<{
  first: number;
  after?: string | null | undefined;
  filter?: AuditEventFilter | null | undefined;
}>;


export type AuditEventsQuery = { auditEvents: { edges: Array<{ node: { sequence: number, name: string, actorKind: string, userId: string | null, subjectId: string | null, payload: Record<string, unknown>, personal: Record<string, unknown> | null } }>, pageInfo: { hasNextPage: boolean, endCursor: string | null } } };

export type VerifyAuditChainQueryVariables = Exact<{ [key: string]: never; }>;


export type VerifyAuditChainQuery = { verifyAuditChain: { valid: boolean, checked: number } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}

export const ViewerDocument = new TypedDocumentString(`
    query Viewer {
  viewer {
    id
    kind
    email
    roles
    permissions
    user {
      id
      email
    }
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const CreateServiceAccountDocument = new TypedDocumentString(`
    mutation CreateServiceAccount($input: CreateServiceAccountInput!) {
  createServiceAccount(input: $input) {
    clientId
    clientSecret
    serviceAccount {
      id
      name
    }
  }
}
    `) as unknown as TypedDocumentString<CreateServiceAccountMutation, CreateServiceAccountMutationVariables>;
export const DisableServiceAccountDocument = new TypedDocumentString(`
    mutation DisableServiceAccount($input: DisableServiceAccountInput!) {
  disableServiceAccount(input: $input) {
    serviceAccount {
      id
      enabled
    }
  }
}
    `) as unknown as TypedDocumentString<DisableServiceAccountMutation, DisableServiceAccountMutationVariables>;
export const RegisterAudienceDocument = new TypedDocumentString(`
    mutation RegisterAudience($input: RegisterAudienceInput!) {
  registerAudience(input: $input) {
    audience {
      id
      identifier
    }
  }
}
    `) as unknown as TypedDocumentString<RegisterAudienceMutation, RegisterAudienceMutationVariables>;
export const RotateSigningKeyDocument = new TypedDocumentString(`
    mutation RotateSigningKey($input: RotateSigningKeyInput!) {
  rotateSigningKey(input: $input) {
    signingKey {
      id
      status
    }
  }
}
    `) as unknown as TypedDocumentString<RotateSigningKeyMutation, RotateSigningKeyMutationVariables>;
export const AuditEventsDocument = new TypedDocumentString(`
    query AuditEvents($first: Int!, $after: String, $filter: AuditEventFilter) {
  auditEvents(first: $first, after: $after, filter: $filter) {
    edges {
      node {
        sequence
        name
        actorKind
        userId
        subjectId
        payload
        personal
      }
    }
    pageInfo {
      hasNextPage
      endCursor
    }
  }
}
    `) as unknown as TypedDocumentString<AuditEventsQuery, AuditEventsQueryVariables>;
export const VerifyAuditChainDocument = new TypedDocumentString(`
    query VerifyAuditChain {
  verifyAuditChain {
    valid
    checked
  }
}
    `) as unknown as TypedDocumentString<VerifyAuditChainQuery, VerifyAuditChainQueryVariables>;