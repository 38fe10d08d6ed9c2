/** Reads the text of a private key once: the key itself, and what is wrong with the text. */
import type { KeyObject } from "node:crypto";
import { publicKeyHash, readPrivateKey } from "../facts.ts";
import { type Finding, FindingError } from "../finding.ts";
import { finding, oddityFinding, pemFinding } from "../finding-catalog.ts";
import { readPem } from "../pem.ts";

export interface ReadPrivateKey {
  /** undefined: the text contains no usable key. */
  readonly key: KeyObject | undefined;
  /** Hash of its public half, equal to `publicKeyHash` of its certificate. */
  readonly publicKeyHash: string | undefined;
  /** Why there is no key; it is the last of the findings. */
  readonly fault: Finding | undefined;
  readonly findings: readonly Finding[];
}

export function readKeyText(text: string): ReadPrivateKey {
  const findings = findingsAbout(text);
  try {
    const key = readPrivateKey(text);
    return { key, publicKeyHash: publicKeyHash(key), fault: undefined, findings };
  } catch (thrown) {
    if (!(thrown instanceof FindingError)) throw thrown;
    const fault = thrown.finding;
    return { key: undefined, publicKeyHash: undefined, fault, findings: [...findings, fault] };
  }
}

/** Findings about a text that contains a key, readable or not. */
function findingsAbout(text: string): readonly Finding[] {
  const { blocks, faults, oddities } = readPem(text);
  const keys = blocks.filter(({ kind }) => kind === "private-key" || kind === "encrypted-private-key");
  if (keys.length === 0) return [];
  const findings = [
    ...faults.map((fault) => pemFinding(fault, "privateKey")),
    ...oddities.map((oddity) => oddityFinding(oddity, "privateKey")),
  ];
  if (keys.length > 1) {
    const message = `The field \`privateKey\` contains ${keys.length} private keys.`;
    findings.push(finding("CERT_KEY_SEVERAL", "privateKey", message));
  }
  if (blocks.some(({ kind }) => kind === "certificate")) {
    const message = "The field `privateKey` contains a certificate in addition to the key.";
    findings.push(finding("CERT_CERTIFICATE_IN_KEY", "privateKey", message));
  }
  return findings;
}
