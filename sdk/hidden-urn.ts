/** Every resource passes its own URN to the provider, so that plans and warnings appear on its row. */
import { type CustomResourceOptions, createUrn, type Output, output } from "@pulumi/pulumi";
import { warnAboutUnknownSettings } from "./unknown-settings.ts";

export function hiddenUrn(
  kind: string,
  name: string,
  opts: CustomResourceOptions | undefined,
): { __urn: Output<string> } {
  // Pulumi's own error is a stack trace that does not name the cause.
  if (opts?.import !== undefined)
    throw new Error(
      `${kind} "${name}": Pulumi cannot import dynamic resources; remove the option import. An object with the same name or content is adopted where that is safe (docs/limits.md of pulumi-qwilt).`,
    );
  // Every constructor calls this, and any of them may be the first.
  warnAboutUnknownSettings();
  const urn = createUrn(name, `pulumi-nodejs:dynamic/qwilt:${kind}`, opts?.parent);
  // Without its dependencies: a dependency on a component includes all its children, so two of them would wait for each other.
  return { __urn: output(new Promise<string>((resolve) => urn.apply(resolve))) };
}
