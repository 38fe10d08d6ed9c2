import "reflect-metadata";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { Name, SubjectAlternativeNameExtension } from "@peculiar/x509";
import { namesOf, type SubjectFields } from "../domain/certificate-template.ts";
import { integer, sequence, set, tagged } from "./der.ts";
import { pem, signed } from "./signing.ts";

/** ub-common-name of RFC 5280, appendix A.1. */
const longestCommonName = 64;
/** OBJECT IDENTIFIER extensionRequest, RFC 2985 section 5.4.2. */
const extensionRequest = Buffer.from("06092a864886f70d01090e", "hex");

/**
 * The PKCS#10 request of a template (RFC 2986). The CA for managed templates signs names only, so a managed request has
 * no other subject fields (docs/qwilt-api.md 4.2: accepted, echoed, ignored).
 */
export function makeCsr(fields: SubjectFields & { readonly autoManaged: boolean }, keyPem: string): string {
  const key = createPrivateKey(keyPem);
  const names = namesOf(fields);
  const subject = Buffer.from(subjectOf(fields, names).toArrayBuffer());
  const extension = new SubjectAlternativeNameExtension(
    names.map((value) => ({ type: "dns" as const, value })),
    // RFC 5280 section 4.2.1.6: critical if there is no subject (an empty SEQUENCE has two bytes).
    subject.length === 2,
  );
  const info = sequence(
    integer("00"),
    subject,
    createPublicKey(key).export({ type: "spki", format: "der" }),
    tagged(0, sequence(extensionRequest, set(sequence(Buffer.from(extension.rawData))))),
  );
  return pem("CERTIFICATE REQUEST", signed(info, key));
}

function subjectOf(fields: SubjectFields & { readonly autoManaged: boolean }, names: readonly string[]): Name {
  const { country, state, locality, organizationName, autoManaged } = fields;
  const [commonName = ""] = names;
  const parts: [string, string | null][] = [
    ["C", autoManaged ? null : (country?.toUpperCase() ?? null)],
    ["ST", autoManaged ? null : state],
    ["L", autoManaged ? null : locality],
    ["O", autoManaged ? null : organizationName],
    ["CN", commonName.length > longestCommonName ? null : commonName],
  ];
  return new Name(parts.flatMap(([name, value]) => (value === null || value === "" ? [] : [{ [name]: [value] }])));
}
