/** Certificates for tests, created with the openssl command, independently of factory.ts. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface OpensslOptions {
  /** PEM of the certificate's own key. */
  readonly privateKey: string;
  /** As openssl writes it: "/O=Example/CN=www.example.com". */
  readonly subject: string;
  /** Lines of an extension section: "basicConstraints = critical, CA:FALSE". */
  readonly extensions: readonly string[];
  /** If omitted: self-signed. */
  readonly issuer?: { readonly certificate: string; readonly privateKey: string };
  /** Validity from now on; 40 if omitted. */
  readonly days?: number;
  readonly digest?: "md5" | "sha1" | "sha256" | "sha384";
  readonly extraArguments?: readonly string[];
}

export function opensslCertificate(options: OpensslOptions): string {
  const { privateKey, subject, extensions, issuer, days = 40, digest = "sha256", extraArguments = [] } = options;
  return inFolder((folder) => {
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    const config = file("openssl.cnf", `[req]\ndistinguished_name = dn\n[dn]\n[ext]\n${extensions.join("\n")}\n`);
    const signer =
      issuer === undefined
        ? []
        : ["-CA", file("ca.pem", issuer.certificate), "-CAkey", file("ca.key", issuer.privateKey)];
    return openssl([
      ...["req", "-x509", "-new", "-utf8", "-config", config, "-key", file("key.pem", privateKey)],
      ...["-subj", subject, "-days", String(days), `-${digest}`],
      ...(extensions.length > 0 ? ["-extensions", "ext"] : []),
      ...signer,
      ...extraArguments,
    ]);
  });
}

export function opensslRequest(privateKey: string, subject: string): string {
  return inFolder((folder) => {
    const key = join(folder, "key.pem");
    writeFileSync(key, privateKey, { mode: 0o600 });
    const config = join(folder, "openssl.cnf");
    writeFileSync(config, "[req]\ndistinguished_name = dn\n[dn]\n");
    return openssl(["req", "-new", "-config", config, "-key", key, "-subj", subject]);
  });
}

/** One line of an extension section for DNS names and IP addresses. */
export function namesLine(names: readonly string[]): string {
  return `subjectAltName = ${names.map((name) => `${isIP(name) === 0 ? "DNS" : "IP"}:${name}`).join(",")}`;
}

export const CA_LINES = ["basicConstraints = critical, CA:TRUE", "keyUsage = critical, keyCertSign, cRLSign"];
export const LEAF_LINES = ["basicConstraints = critical, CA:FALSE", "keyUsage = critical, digitalSignature"];
export const SERVER_LINES = [...LEAF_LINES, "extendedKeyUsage = serverAuth"];

function openssl(args: readonly string[]): string {
  return execFileSync("openssl", args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function inFolder<Result>(work: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), "x509-"));
  try {
    return work(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
