/** What somebody says of an account, and may change later. */
export interface ServiceAccountWish {
  readonly name: string;
  readonly description: string;
  /** The audiences that it owns. */
  readonly audiences: readonly string[];
  /** The audiences that it may ask tokens for. */
  readonly allowedAudiences: readonly string[];
  /** The permissions that its tokens may carry at most; null for all that its roles give. */
  readonly scopes: readonly string[] | null;
  /** How long its access tokens are valid, in seconds. */
  readonly tokenTtlSeconds: number;
}

/** Unless somebody says otherwise, a new account owns, and may call, this API alone. */
export interface NewServiceAccount extends Partial<Omit<ServiceAccountWish, 'name'>> {
  readonly name: string;
  readonly roles: readonly string[];
}

/** What is to be different: what is absent stays. */
export interface ServiceAccountChange extends Partial<ServiceAccountWish> {
  /** Whether a disabled account is to be enabled again. */
  readonly enable: boolean;
}
