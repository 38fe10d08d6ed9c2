/** Every resource tells its provider its own URN, so that plans and warnings stand on its row. */
import { createUrn, type Output, output, type ResourceOptions } from "@pulumi/pulumi";
import { tellUnknownSettings } from "./unknown-settings.ts";

export function hiddenUrn(kind: string, name: string, opts: ResourceOptions | undefined): { __urn: Output<string> } {
  // Every constructor comes by here, and none of them is the first for certain.
  tellUnknownSettings();
  const urn = createUrn(name, `pulumi-nodejs:dynamic/qwilt:${kind}`, opts?.parent);
  // Without its dependency: one on a component stands for all its children, so two of them would wait for each other.
  return { __urn: output(new Promise<string>((resolve) => urn.apply(resolve))) };
}
