/**
 * What makes the classes of this package dynamic resources, as Pulumi documents them: same type token, same provider
 * process, same protocol. `dynamic.Resource` would do no more than these two lines, and serialize the provider from
 * functions at each start of a program. They extend CustomResource directly: it takes the caller of a class one level
 * below for the place in the program.
 */
import type { CustomResourceOptions, Output } from "@pulumi/pulumi";
import { hiddenUrn } from "./hidden-urn.ts";
import { requireProviderFound } from "./provider-found.ts";
import { providerText } from "./provider-text.ts";

export const typeToken = (kind: string) => `pulumi-nodejs:dynamic/qwilt:${kind}`;

/** Inputs that no program gives and no view shows: the text to run, and the resource's own URN. */
export function hiddenInputs(
  kind: string,
  name: string,
  opts: CustomResourceOptions | undefined,
): { __provider: string; __urn: Output<string> } {
  requireProviderFound();
  return { __provider: providerText(kind), ...hiddenUrn(kind, name, opts) };
}
