/** OpenSSL's verdict on a path: the real binary. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export interface PathQuestion {
  /** PEM. */
  readonly leaf: string;
  /** PEM of the intermediates; may be "". */
  readonly chain: string;
  readonly root: string;
  readonly host?: string | undefined;
  /** Epoch milliseconds. */
  readonly at: number;
}

const run = promisify(execFile);
const AT_ONCE = 4;

/**
 * As a TLS client of OpenSSL 3.2 or a current distribution checks it: purpose sslserver, security level 2.
 *
 * @returns the rejection, "" if it accepts the path
 */
export async function opensslVerdict(
  question: PathQuestion,
  { strict }: { readonly strict: boolean },
): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "referee-"));
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const { leaf, chain, root, host, at } = question;
  const name = host === undefined ? [] : /^[\d.]+$|:/.test(host) ? ["-verify_ip", host] : ["-verify_hostname", host];
  const command = [
    ...["verify", "-purpose", "sslserver", "-auth_level", "2", "-attime", String(Math.floor(at / 1000)), ...name],
    ...(strict ? ["-x509_strict"] : []),
    ...["-no-CApath", "-no-CAstore", "-CAfile", file("root.pem", root)],
    ...(chain === "" ? [] : ["-untrusted", file("chain.pem", chain)]),
    file("leaf.pem", leaf),
  ];
  try {
    await run("openssl", command);
    return "";
  } catch (error) {
    const text = error instanceof Error && "stderr" in error ? String(error.stderr) : String(error);
    return (
      /^error .* lookup: ?(.*)$/m.exec(text)?.[1] || /(?:Could not|Unable).*|:error:.*/.exec(text)?.[0] || text.trim()
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Processes a list with some items in parallel, one process each. */
export async function eachOf<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results: Result[] = new Array(items.length);
  const left = items.entries();
  const worker = async () => {
    for (const [index, item] of left) results[index] = await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

/** Whether OpenSSL reads a leaf, the whole of its chain (needed to reach the root), and a key. */
export async function opensslReads(texts: { leaf: Buffer; chain: Buffer; key: Buffer; root: string }) {
  const folder = mkdtempSync(join(tmpdir(), "referee-"));
  const file = (name: string, text: string | Buffer) => {
    writeFileSync(join(folder, name), text, { mode: 0o600 });
    return join(folder, name);
  };
  const takes = (args: readonly string[]) =>
    run("openssl", args).then(
      () => true,
      () => false,
    );
  try {
    const trust = ["-no-CApath", "-no-CAstore", "-CAfile", file("root.pem", texts.root)];
    const certificates = ["-untrusted", file("chain.pem", texts.chain), file("leaf.pem", texts.leaf)];
    // The legacy PEM reader, as in libssl and node:crypto: `openssl pkey` alone would also accept DER.
    const key = ["pkey", "-inform", "PEM", "-noout", "-in", file("key.pem", texts.key)];
    return (await takes(["verify", ...trust, ...certificates])) && (await takes(key));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
