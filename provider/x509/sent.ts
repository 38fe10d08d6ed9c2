/**
 * What is sent to Qwilt of a text: the very blocks that the linter judged, each in its standard form. Comments, attributes
 * and whatever else a strict reader might stumble over stay here. The state keeps the text as it was given.
 */
import { armour, readPem } from "./pem.ts";

/** All certificates of the text. A text without any is sent as it is, for Qwilt to say what it makes of it. */
export function sentCertificates(text: string): string {
  const blocks = readPem(text).blocks.filter(({ kind }) => kind === "certificate");
  return blocks.length === 0 ? text : blocks.map(({ der }) => armour("CERTIFICATE", der)).join("");
}

/** The private key that `readPrivateKey` reads. */
export function sentKey(text: string): string {
  return readPem(text).blocks.find(({ kind }) => kind === "private-key")?.text ?? text;
}
