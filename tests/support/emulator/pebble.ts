/** Pebble, Let's Encrypt's ACME server for tests, from its Go module. It uses the given name server. */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeLeaf, sharedCa } from "../x509/factory.ts";

export interface PebbleOptions {
  /** `host:port` of the name server that it uses. */
  readonly dns: string;
  /** Share of valid nonces that it rejects anyway, in percent. */
  readonly nonceRejectPercent?: number;
  /** Lifetime of its certificates in seconds, five years if omitted. */
  readonly certificateSeconds?: number;
}

export interface Pebble {
  /** URL of the ACME directory. */
  readonly directory: string;
  /** File with the root certificate of its HTTPS. */
  readonly caFile: string;
  /** PEM of the root of its certificates. */
  rootPem(): Promise<string>;
  /** Stops responding until `goOn`. */
  pause(): void;
  goOn(): void;
  close(): Promise<void>;
}

/** A name that it refuses to issue for. */
export const blockedName = "blocked.example.org";

export async function startPebble(options: PebbleOptions): Promise<Pebble> {
  // An ES module; the path is not a literal, so that the compiler does not look for its types.
  const tool = "../../../tools/pebble.mjs";
  const { ensurePebble } = (await import(tool)) as { ensurePebble: () => Promise<{ pebble: string }> };
  const { pebble } = await ensurePebble();
  const folder = mkdtempSync(join(tmpdir(), "pebble-"));
  const [port, managementPort] = [await freePort(), await freePort()];
  const { caFile, child } = await launch(pebble, folder, { ...options, port, managementPort });
  const ready = child.stdout === null ? Promise.resolve() : untilListening(child);
  const close = async () => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await gone;
    }
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready;
  } catch (error) {
    await close();
    throw error;
  }
  return {
    directory: `https://127.0.0.1:${port}/dir`,
    caFile,
    pause: () => child.kill("SIGSTOP"),
    goOn: () => child.kill("SIGCONT"),
    rootPem: () => fetchRoot(`https://127.0.0.1:${managementPort}/roots/0`, caFile),
    close,
  };
}

async function launch(
  binary: string,
  folder: string,
  options: PebbleOptions & { readonly port: number; readonly managementPort: number },
): Promise<{ caFile: string; child: ChildProcess }> {
  const { dns, nonceRejectPercent = 0, certificateSeconds, port, managementPort } = options;
  const leaf = await makeLeaf({ names: ["localhost", "127.0.0.1"] });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const config = write(
    "pebble.json",
    JSON.stringify({
      pebble: {
        listenAddress: `127.0.0.1:${port}`,
        managementListenAddress: `127.0.0.1:${managementPort}`,
        certificate: write("https.pem", leaf.certificate + leaf.certificateChain),
        privateKey: write("https-key.pem", leaf.privateKey),
        httpPort: 5002,
        tlsPort: 5001,
        ocspResponderURL: "",
        externalAccountBindingRequired: false,
        domainBlocklist: [blockedName],
        ...(certificateSeconds === undefined ? {} : { certificateValidityPeriod: certificateSeconds }),
      },
    }),
  );
  let issuer = await sharedCa();
  while (issuer.issuer !== undefined) issuer = issuer.issuer;
  const child = spawn(binary, ["-config", config, "-dnsserver", dns], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: String(nonceRejectPercent) },
  });
  return { caFile: write("https-ca.pem", issuer.certificate), child };
}

function untilListening(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const hear = (piece: Buffer) => {
      said += piece.toString();
      if (said.includes("ACME directory available")) resolve();
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => reject(new Error(`Pebble ended with ${code}: ${said}`)));
  });
}

async function fetchRoot(url: string, caFile: string): Promise<string> {
  const { request } = await import("node:https");
  const { readFileSync } = await import("node:fs");
  return new Promise((resolve, reject) => {
    request(url, { ca: readFileSync(caFile) }, (answer) => {
      let text = "";
      answer.on("data", (piece: Buffer) => {
        text += piece.toString();
      });
      answer.on("end", () => resolve(text));
    })
      .once("error", reject)
      .end();
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => (typeof address === "object" && address !== null ? resolve(address.port) : reject()));
    });
  });
}
