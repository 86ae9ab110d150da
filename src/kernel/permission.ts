/** Permissions by name (`resource:action`) with the sentence that admins read. */
export type PermissionCatalogue<Names extends string = string> = Readonly<Record<Names, string>>;

/** Declares a feature's permissions once; the registry, the reference and the role editor are derived from it. */
export function definePermissions<Names extends `${string}:${string}`>(
  catalogue: PermissionCatalogue<Names>,
): PermissionCatalogue<Names> {
  return catalogue;
}
