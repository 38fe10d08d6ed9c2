/**
 * Passes private keys from the program to the provider's process hidden from the engine, which writes every input to
 * its log at -v=9 before a provider receives it, secrets included ("Unmarshaling property for RPC[...]: value=...").
 * The program seals the text with a random key that it stores in a file readable by its user only; the provider's
 * process unseals it. The file is deleted when the program ends, so the text in a log cannot be unsealed later. No
 * private key is ever written to a file.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { keyMissing } from "../core/errors/object-errors.ts";

const PREFIX = "qwilt-sealed:";
const SHAPE = /^qwilt-sealed:([0-9a-f]{32}):([\w-]+)$/;
const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const fileOf = (folder: string, id: string) => join(folder, `pulumi-qwilt-${id}`);

/** Deletes files when this process exits. */
function createExitRemoval(): (file: string) => void {
  const files = new Set<string>();
  return (file) => {
    if (files.size === 0) {
      process.once("exit", () => {
        for (const one of files) rmSync(one, { force: true });
      });
    }
    files.add(file);
  };
}

/** For the program: one sealing key per run, created on first use. */
export function createSealer(folder: string = tmpdir()): (text: string) => string {
  const removeAtExit = createExitRemoval();
  let sealing: { readonly id: string; readonly key: Buffer } | undefined;
  return (text) => {
    try {
      sealing ??= leaveKey(folder, removeAtExit);
    } catch {
      // If the file cannot be written, the text is passed as an ordinary Pulumi secret.
      return text;
    }
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv(CIPHER, sealing.key, nonce);
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${sealing.id}:${sealed.toString("base64url")}`;
  };
}

function leaveKey(folder: string, removeAtExit: (file: string) => void): { readonly id: string; readonly key: Buffer } {
  const [id, key] = [randomBytes(16).toString("hex"), randomBytes(32)];
  const file = fileOf(folder, id);
  writeFileSync(file, key, { mode: 0o600, flag: "wx" });
  removeAtExit(file);
  return { id, key };
}

/**
 * For the provider's process: unseals a sealed text and returns anything else unchanged.
 *
 * @throws QWILT_KEY_MISSING if the program's sealing key does not exist
 */
export function createOpener(folder: string = tmpdir()): (value: unknown) => unknown {
  const removeAtExit = createExitRemoval();
  const keys = new Map<string, Buffer>();
  function keyOf(id: string): Buffer {
    const known = keys.get(id);
    if (known !== undefined) return known;
    const file = fileOf(folder, id);
    const key = readFileSync(file);
    keys.set(id, key);
    // The program deletes it as well, unless it is killed.
    removeAtExit(file);
    return key;
  }
  return (value) => {
    const [, id, body] = typeof value === "string" ? (SHAPE.exec(value) ?? []) : [];
    if (id === undefined || body === undefined) return value;
    try {
      const bytes = Buffer.from(body, "base64url");
      const decipher = createDecipheriv(CIPHER, keyOf(id), bytes.subarray(0, NONCE_BYTES));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]).toString("utf8");
    } catch {
      throw keyMissing({ reason: "hand-over", file: fileOf(folder, id) });
    }
  };
}
