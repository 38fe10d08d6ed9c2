/** Certificates and clients for tests of the edge. OpenSSL creates the certificates, independently of our own code. */
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, type KeyObject, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConnectionOptions, connect } from "node:tls";

export interface Material {
  readonly certificatePem: string;
  readonly keyPem: string;
  /** SHA-256 of the DER, lower-case hex. */
  readonly fingerprint: string;
}

export function ellipticMaterial(host: string): Material {
  return selfSigned(host, generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey, "pkcs8");
}

export function selfSigned(host: string, key: KeyObject, format: "pkcs1" | "pkcs8" | "sec1"): Material {
  const directory = mkdtempSync(join(tmpdir(), "edge-"));
  const keyFile = join(directory, "key.pem");
  const certificateFile = join(directory, "certificate.pem");
  const keyPem = key.export({ type: format, format: "pem" }).toString();
  writeFileSync(keyFile, keyPem);
  const options = ["-x509", "-key", keyFile, "-out", certificateFile, "-days", "2", "-subj", `/CN=${host}`];
  execFileSync("openssl", ["req", ...options, "-addext", `subjectAltName=DNS:${host}`], { stdio: "ignore" });
  const certificatePem = readFileSync(certificateFile, "utf8");
  rmSync(directory, { recursive: true });
  return { certificatePem, keyPem, fingerprint: plain(new X509Certificate(certificatePem).fingerprint256) };
}

export interface Seen {
  readonly fingerprint: string;
  readonly resumed: boolean;
  readonly session: Buffer | undefined;
  /** The whole HTTP response. */
  readonly text: string;
}

/** A whole connection: handshake, request, response, end. */
export function openTls(
  port: number,
  options: ConnectionOptions,
  request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n",
): Promise<Seen> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1", rejectUnauthorized: false, ...options });
    const seen: { -readonly [K in keyof Seen]: Seen[K] } = {
      fingerprint: "",
      resumed: false,
      session: undefined,
      text: "",
    };
    socket.on("session", (session) => {
      seen.session = session;
    });
    socket.once("secureConnect", () => {
      seen.fingerprint = plain(socket.getPeerCertificate().fingerprint256);
      seen.resumed = socket.isSessionReused();
      seen.session ??= socket.getSession();
      socket.write(request);
    });
    socket.on("data", (piece: Buffer) => {
      seen.text += piece.toString();
    });
    socket.once("error", reject);
    socket.once("close", () => (seen.text === "" ? reject(new Error("no answer")) : resolve(seen)));
  });
}

function plain(fingerprint: string): string {
  return fingerprint.replaceAll(":", "").toLowerCase();
}
