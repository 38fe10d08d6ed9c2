/** Keys and signatures. */
import { generateKeyPairSync } from "node:crypto";
import { sharedKeys } from "../factory.ts";
import { ca, explicitCurve, leaf, type PathCase, path, root } from "./path-world.ts";

export function keyCases(): readonly PathCase[] {
  const top = root();
  const lower = ca(top, "Lower");
  const rsaTop = root({ privateKey: sharedKeys("RSA-2048", 200).privateKey });
  const cases: PathCase[] = [];
  const add = (title: string, made: ReturnType<typeof path>, more: Partial<PathCase> = {}) =>
    void cases.push({ group: "keys", title, ...made, ...more });
  const ofLeaf = (title: string, privateKey: string, more: Partial<PathCase> = {}) =>
    add(title, path(top, [lower], leaf(lower, { privateKey })), more);
  const ofSigner = (title: string, privateKey: string, more: Partial<PathCase> = {}) => {
    const signer = ca(top, "Signer", { privateKey });
    add(title, path(top, [signer], leaf(signer)), more);
  };
  ofLeaf("P-256", curve("P-256"));
  ofLeaf("P-384", curve("P-384"));
  ofLeaf("P-521", curve("P-521"));
  ofLeaf("P-256 with explicit parameters", explicitCurve(), { browsers: "refuse" });
  ofSigner("a CA on P-256 with explicit parameters", explicitCurve(), { browsers: "refuse" });
  ofLeaf("P-224", curve("P-224"), { browsers: "refuse" });
  ofLeaf("secp256k1", curve("secp256k1"), { browsers: "refuse" });
  ofLeaf("Brainpool P-256", curve("brainpoolP256r1"), { browsers: "refuse" });
  ofLeaf("Ed25519", sharedKeys("Ed25519", 200).privateKey, {
    browsers: "refuse",
    note: "no finding: whoever issues it, does so for clients that know it",
  });
  ofSigner("a CA on Ed25519", sharedKeys("Ed25519", 201).privateKey, {
    browsers: "refuse",
    note: "no finding: whoever issues it, does so for clients that know it",
  });
  ofLeaf("RSA-2048", sharedKeys("RSA-2048", 201).privateKey);
  ofLeaf("RSA-1024", sharedKeys("RSA-1024", 200).privateKey);
  ofSigner("a CA with RSA-1024", sharedKeys("RSA-1024", 201).privateKey);
  ofLeaf("RSA-2048 with exponent 3", rsa(3));
  ofLeaf("RSA-PSS", pss(), { browsers: "refuse" });
  ofSigner("a CA with an RSA-PSS key", pss(), { browsers: "refuse" });
  const rsaSigner = ca(rsaTop, "Signer", { privateKey: sharedKeys("RSA-2048", 202).privateKey });
  for (const digest of ["sha1", "md5"] as const) {
    add(`the leaf is signed with ${digest.toUpperCase()}`, path(rsaTop, [rsaSigner], leaf(rsaSigner, { digest })));
    const signer = ca(rsaTop, "Signer", { privateKey: sharedKeys("RSA-2048", 203).privateKey, digest });
    add(`a CA is signed with ${digest.toUpperCase()}`, path(rsaTop, [signer], leaf(signer)));
  }
  const oldTop = root({ privateKey: sharedKeys("RSA-2048", 204).privateKey, digest: "sha1" });
  const newSigner = ca(oldTop, "Signer", { privateKey: sharedKeys("RSA-2048", 205).privateKey });
  add("the root is signed with SHA1", path(oldTop, [newSigner], leaf(newSigner)));
  return cases;
}

function curve(namedCurve: string): string {
  return generateKeyPairSync("ec", { namedCurve }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function rsa(publicExponent: number): string {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048, publicExponent });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function pss(): string {
  return generateKeyPairSync("rsa-pss", { modulusLength: 2048 })
    .privateKey.export({ type: "pkcs8", format: "pem" })
    .toString();
}
