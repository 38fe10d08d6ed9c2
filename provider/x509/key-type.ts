import type { KeyObject } from "node:crypto";

const CURVES: Readonly<Record<string, string>> = { prime256v1: "P256", secp384r1: "P384", secp521r1: "P521" };

/** "RSA-2048", "EC-P256", "Ed25519": the kind and strength of a key in one word. */
export function keyTypeOf(key: KeyObject | undefined): string {
  if (key === undefined) return "unknown";
  const { modulusLength, namedCurve } = key.asymmetricKeyDetails ?? {};
  switch (key.asymmetricKeyType) {
    case "rsa":
      return `RSA-${modulusLength}`;
    case "rsa-pss":
      return `RSA-PSS-${modulusLength}`;
    case "dsa":
      return `DSA-${modulusLength}`;
    case "ec":
      return `EC-${namedCurve === undefined ? "explicit" : (CURVES[namedCurve] ?? namedCurve)}`;
    case "ed25519":
      return "Ed25519";
    case "ed448":
      return "Ed448";
    default:
      return "unknown";
  }
}
