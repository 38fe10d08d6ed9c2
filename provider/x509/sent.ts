/**
 * The part of a text that is sent to Qwilt: exactly the blocks that the linter checked, each in its standard form.
 * Comments, attributes and whatever else a strict parser might reject are not sent. The state keeps the given text.
 */
import { armour, readPem } from "./pem.ts";

/** All certificates of the text. A text without any is sent unchanged, for Qwilt to judge. */
export function sentCertificates(text: string): string {
  const blocks = readPem(text).blocks.filter(({ kind }) => kind === "certificate");
  return blocks.length === 0 ? text : blocks.map(({ der }) => armour("CERTIFICATE", der)).join("");
}

/** The private key that `readPrivateKey` reads. */
export function sentKey(text: string): string {
  return readPem(text).blocks.find(({ kind }) => kind === "private-key")?.text ?? text;
}
