/** What key usage and extended key usage allow, in the leaf and above it. */
import { ca, leaf, type PathCase, path, root } from "./path-world.ts";

export function usageCases(): readonly PathCase[] {
  const top = root();
  const lower = ca(top, "Lower");
  const cases: PathCase[] = [];
  const add = (title: string, made: ReturnType<typeof path>, more: Partial<PathCase> = {}) =>
    void cases.push({ group: "usage", title, ...made, ...more });
  const ofLeaf = (title: string, line: string, more: Partial<PathCase> = {}) =>
    add(title, path(top, [lower], leaf(lower, { lines: [line] })), more);
  const ofSigner = (title: string, line: string, more: Partial<PathCase> = {}) => {
    const signer = ca(top, "Signer", { lines: [line] });
    add(title, path(top, [signer], leaf(signer)), more);
  };
  const browsers = {
    browsers: "refuse",
    note: "Chrome and Firefox demand digitalSignature for ECDHE, and TLS 1.3 knows nothing else",
  } as const;
  ofLeaf(
    "key usage keyEncipherment, dataEncipherment",
    "keyUsage = critical,keyEncipherment,dataEncipherment",
    browsers,
  );
  ofLeaf("key usage keyAgreement", "keyUsage = critical,keyAgreement", browsers);
  ofLeaf("key usage nonRepudiation", "keyUsage = critical,nonRepudiation");
  ofLeaf("key usage keyCertSign of a leaf", "keyUsage = critical,keyCertSign");
  ofLeaf("key usage digitalSignature and keyCertSign of a leaf", "keyUsage = critical,digitalSignature,keyCertSign");
  ofLeaf("key usage digitalSignature, keyEncipherment", "keyUsage = critical,digitalSignature,keyEncipherment");
  ofLeaf("key usage that is not critical", "keyUsage = digitalSignature");
  ofLeaf("no key usage", "keyUsage =");
  ofLeaf("extended key usage clientAuth", "extendedKeyUsage = clientAuth");
  ofLeaf("extended key usage emailProtection, codeSigning", "extendedKeyUsage = emailProtection,codeSigning");
  ofLeaf("extended key usage serverAuth, clientAuth", "extendedKeyUsage = serverAuth,clientAuth");
  ofLeaf("extended key usage serverAuth, critical", "extendedKeyUsage = critical,serverAuth");
  ofLeaf("extended key usage anyExtendedKeyUsage", "extendedKeyUsage = anyExtendedKeyUsage");
  ofLeaf("extended key usage serverAuth and anyExtendedKeyUsage", "extendedKeyUsage = serverAuth,anyExtendedKeyUsage");
  ofLeaf("no extended key usage", "extendedKeyUsage =", {
    note: "a warning: Apple's clients reject it, all others accept it",
  });
  ofSigner("a CA with extended key usage emailProtection", "extendedKeyUsage = emailProtection");
  ofSigner("a CA with extended key usage clientAuth", "extendedKeyUsage = clientAuth");
  ofSigner("a CA with extended key usage serverAuth", "extendedKeyUsage = serverAuth");
  ofSigner("a CA with extended key usage anyExtendedKeyUsage", "extendedKeyUsage = anyExtendedKeyUsage");
  const upper = ca(top, "Upper", { lines: ["extendedKeyUsage = clientAuth"] });
  const between = ca(upper, "Between");
  add("a CA two above the leaf with extended key usage clientAuth", path(top, [between, upper], leaf(between)));
  return cases;
}
