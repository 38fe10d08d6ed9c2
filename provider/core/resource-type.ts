/** The type tokens of a resource: one of the native provider, one of the dynamic resources in TypeScript. Pure. */

/** "Site" of `qwilt:index:Site` or `pulumi-nodejs:dynamic/qwilt:Site`; undefined: not a resource of this package. */
export function kindOfType(type: string): string | undefined {
  return /^(?:qwilt:index|pulumi-nodejs:dynamic\/qwilt):(\w+)$/.exec(type)?.[1];
}

/** The same of a URN: `urn:pulumi:STACK::PROJECT::PARENTS$TYPE::NAME`. */
export function kindOfUrn(urn: string): string | undefined {
  return kindOfType(urn.split("::")[2]?.split("$").at(-1) ?? "");
}
