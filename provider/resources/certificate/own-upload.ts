/**
 * The description of an upload if the program gives none. It names the resource, so that a certificate whose upload no
 * state recorded is recognized as this resource's own (docs/decisions/0002).
 */
import { createHash } from "node:crypto";
import type { Context } from "../../run/lifecycle.ts";
import type { Certificate as WireCertificate } from "../../wire/certificate.ts";
import type { CertificateInputs, CertificateState } from "./args.ts";

/** urn:pulumi:STACK::PROJECT::TYPE::NAME; the type of a child starts with the types of its parents. */
const URN = /^urn:pulumi:(.+?)::(.+?)::.+?::(.+)$/s;
/** Qwilt's limit for this text is not known: this is a length that APIs commonly allow. */
const LONGEST = 255;
const DIGEST_LENGTH = 16;

/** Pure. undefined: the engine did not pass the resource's URN. */
export function defaultDescription(urn: string | undefined): string | undefined {
  const [, stack, project, name] = URN.exec(urn ?? "") ?? [];
  if (name === undefined) return undefined;
  const text = `Pulumi ${project}/${stack} Certificate ${name}`;
  if (text.length <= LONGEST) return text;
  // The shortened text must still identify one resource.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, DIGEST_LENGTH);
  return `${text.slice(0, LONGEST - DIGEST_LENGTH - 1)} ${digest}`;
}

/** The program gives no description, and this is the default that an upload of this resource would have written. */
export function isOwnEarlierUpload(
  { description }: WireCertificate,
  inputs: CertificateInputs,
  { urn }: Context,
): boolean {
  const written = inputs.description === undefined ? defaultDescription(urn) : undefined;
  return written !== undefined && description === written;
}

/** Without a description in the program, an adopted certificate keeps its own, which shows its owner whose it is. */
export async function updatedDescription(
  id: string,
  state: CertificateState,
  inputs: CertificateInputs,
  ctx: Context,
): Promise<string> {
  if (inputs.description !== undefined) return inputs.description;
  if (state.adopted !== true) return defaultDescription(ctx.urn) ?? "";
  if (state.description !== undefined) return "";
  return (await ctx.api.certificates.get(Number(id)))?.description ?? "";
}
