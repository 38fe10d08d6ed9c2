/** Every resource tells its provider its own URN, so that plans and warnings stand on its row. */
import { createUrn, type Output, type ResourceOptions } from "@pulumi/pulumi";

export function hiddenUrn(kind: string, name: string, opts: ResourceOptions | undefined): { __urn: Output<string> } {
  return { __urn: createUrn(name, `pulumi-nodejs:dynamic/qwilt:${kind}`, opts?.parent) };
}
