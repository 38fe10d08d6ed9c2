/** Signatures of X.509 structures with Node's crypto. Synchronous: due events may not wait. */
import { type KeyObject, sign, verify } from "node:crypto";
import { bitString, sequence } from "./der.ts";

const algorithms: Readonly<Record<string, string>> = {
  // sha256WithRSAEncryption, RFC 4055.
  rsa: "300d06092a864886f70d01010b0500",
  // ecdsa-with-SHA256, RFC 5758.
  ec: "300a06082a8648ce3d040302",
};

/** The AlgorithmIdentifier of signatures that `signed` creates with a key. */
export function algorithmOf(key: KeyObject): Buffer {
  const algorithm = algorithms[key.asymmetricKeyType ?? ""];
  if (algorithm === undefined) throw new Error(`No signature for keys of type ${key.asymmetricKeyType}.`);
  return Buffer.from(algorithm, "hex");
}

/** Content, algorithm and signature: the form of a certificate and of a request. */
export function signed(content: Buffer, key: KeyObject): Buffer {
  return sequence(content, algorithmOf(key), bitString(sign("sha256", content, key)));
}

export function isSignedBy(content: Uint8Array, signature: Uint8Array, key: KeyObject): boolean {
  return verify("sha256", content, key, signature);
}

/** PEM in OpenSSL's format: 64 columns and a newline at the end. */
export function pem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
