/** Bundles whose path or encoding clients reject; each rule twice. The whole table is in tests/support/referees. */

import type { Bundle } from "./broken-corpus.ts";
import type { Member } from "./pki.ts";
import { extension } from "./referees/der-edit.ts";
import { ca, explicitCurve, leaf, type MemberOptions, root } from "./referees/path-world.ts";

type Row = readonly [title: string, of: Member, signers: readonly Member[], ...codes: string[]];

export function brokenPaths(now: number): readonly Bundle[] {
  const top = root();
  const lower = ca(top, "Lower");
  const ofLeaf = (title: string, options: MemberOptions, ...codes: string[]): Row => [
    title,
    leaf(lower, options),
    [lower],
    ...codes,
  ];
  const ofSigner = (title: string, options: MemberOptions, ...codes: string[]): Row => {
    const signer = ca(top, "Signer", options);
    return [title, leaf(signer), [signer], ...codes];
  };
  const below = (title: string, pathLength: number, ...codes: string[]): Row => {
    const limited = ca(top, "Above", { lines: [`basicConstraints = critical, CA:TRUE, pathlen:${pathLength}`] });
    const middle = ca(limited, "Middle");
    const between = ca(middle, "Between");
    return [title, leaf(between), [between, middle, limited], ...codes];
  };
  const added = (...made: readonly Buffer[]): MemberOptions => ({
    edit: (fields) => void fields.extensions.push(...made),
  });
  const unknown = extension("1.3.6.1.4.1.99999.1", Buffer.from("0500", "hex"));
  const critical = extension("1.3.6.1.4.1.99999.1", Buffer.from("0500", "hex"), true);
  const policy = ["policyConstraints = critical,requireExplicitPolicy:0", "certificatePolicies = 1.2.3.4"];
  // The same key and name as `lower`, with another number: a certificate that names the other one's number is not
  // signed by this one.
  const twin = ca(top, "Lower", { privateKey: lower.privateKey });
  const byNumber = (issuer: Member) => leaf(issuer, { lines: ["authorityKeyIdentifier = keyid,issuer:always"] });
  const rows: readonly Row[] = [
    ofLeaf("no digital signature", { lines: ["keyUsage = critical,keyEncipherment"] }, "CERT_NO_DIGITAL_SIGNATURE"),
    ofLeaf("key agreement alone", { lines: ["keyUsage = critical,keyAgreement"] }, "CERT_NO_DIGITAL_SIGNATURE"),
    ofLeaf("any usage alone", { lines: ["extendedKeyUsage = anyExtendedKeyUsage"] }, "CERT_NO_SERVER_AUTH"),
    ofLeaf("an explicit curve", { privateKey: explicitCurve() }, "CERT_EXPLICIT_CURVE"),
    ofSigner("a CA on an explicit curve", { privateKey: explicitCurve() }, "CERT_EXPLICIT_CURVE"),
    ofSigner("a CA for e-mail", { lines: ["extendedKeyUsage = emailProtection"] }, "CERT_CHAIN_NO_SERVER_AUTH"),
    ofSigner("a CA for clients", { lines: ["extendedKeyUsage = clientAuth"] }, "CERT_CHAIN_NO_SERVER_AUTH"),
    below("two CAs below pathlen:0", 0, "CERT_CHAIN_PATH_LENGTH"),
    below("two CAs below pathlen:1", 1, "CERT_CHAIN_PATH_LENGTH"),
    ofSigner(
      "names outside the constraints",
      { lines: ["nameConstraints = critical,permitted;DNS:corp.example"] },
      "CERT_CHAIN_NAME_CONSTRAINTS",
    ),
    ofSigner(
      "an excluded name",
      { lines: ["nameConstraints = critical,excluded;DNS:example.com"] },
      "CERT_CHAIN_NAME_CONSTRAINTS",
    ),
    ["the number of another certificate of the CA", byNumber(lower), [twin], "CERT_CHAIN_KEY_ID"],
    ["the number of an earlier certificate of the CA", byNumber(twin), [lower], "CERT_CHAIN_KEY_ID"],
    ofSigner("a policy is required", { lines: policy }, "CERT_CHAIN_POLICY"),
    ofSigner("a policy is required after none", { lines: policy.slice(0, 1) }, "CERT_CHAIN_POLICY"),
    ofLeaf("an unknown critical extension", added(critical), "CERT_CRITICAL_EXTENSION"),
    ofSigner("an unknown critical extension of a CA", added(critical), "CERT_CRITICAL_EXTENSION"),
    ofLeaf("an extension twice", added(unknown, unknown), "CERT_FORM_INVALID"),
    ofSigner("an extension of a CA twice", added(unknown, unknown), "CERT_FORM_INVALID"),
    ofLeaf("no authority key identifier", { lines: ["authorityKeyIdentifier ="] }, "CERT_FORM_STRICT"),
    ofSigner("basic constraints that are not critical", { lines: ["basicConstraints = CA:TRUE"] }, "CERT_FORM_STRICT"),
  ];
  return rows.map(([title, of, signers, ...codes]) => {
    const { certificate, privateKey } = of;
    const certificateChain = signers.map((each) => each.certificate).join("");
    return { title: `${title} (path)`, input: { certificate, certificateChain, privateKey, now }, codes };
  });
}
