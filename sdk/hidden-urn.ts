/** Every resource tells its provider its own URN, so that plans and warnings stand on its row. */
import { type CustomResourceOptions, createUrn, type Output, output } from "@pulumi/pulumi";
import { tellUnknownSettings } from "./unknown-settings.ts";

export function hiddenUrn(
  kind: string,
  name: string,
  opts: CustomResourceOptions | undefined,
): { __urn: Output<string> } {
  // Pulumi's own refusal of it is a stack trace without a word of what is wrong.
  if (opts?.import !== undefined)
    throw new Error(
      `${kind} "${name}": Pulumi cannot import dynamic resources; remove the option import. An object with the same name or content is adopted where that is safe (README.md of pulumi-qwilt, "Limits").`,
    );
  // Every constructor comes by here, and none of them is the first for certain.
  tellUnknownSettings();
  const urn = createUrn(name, `pulumi-nodejs:dynamic/qwilt:${kind}`, opts?.parent);
  // Without its dependency: one on a component stands for all its children, so two of them would wait for each other.
  return { __urn: output(new Promise<string>((resolve) => urn.apply(resolve))) };
}
