/**
 * The description that an upload gets when the program gives none. It names the resource, so that a certificate whose
 * upload was not followed by a state is known for this resource's own (docs/decisions/0002).
 */
import { createHash } from "node:crypto";

/** urn:pulumi:STACK::PROJECT::TYPE::NAME; the type of a child begins with the types of its parents. */
const URN = /^urn:pulumi:(.+?)::(.+?)::.+?::(.+)$/s;
/** No limit of Qwilt is known for this text; names of sites have this one in most services. */
const LONGEST = 255;
const DIGEST_LENGTH = 16;

/** Pure. undefined: the engine did not tell which resource it is. */
export function defaultDescription(urn: string | undefined): string | undefined {
  const [, stack, project, name] = URN.exec(urn ?? "") ?? [];
  if (name === undefined) return undefined;
  const text = `Pulumi ${project}/${stack} Certificate ${name}`;
  if (text.length <= LONGEST) return text;
  // Cut, it still is of one resource only.
  const digest = createHash("sha256").update(text).digest("hex").slice(0, DIGEST_LENGTH);
  return `${text.slice(0, LONGEST - DIGEST_LENGTH - 1)} ${digest}`;
}
