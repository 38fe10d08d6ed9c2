import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { KeyReference, lookForKey, runKeyCommand } from "../../provider/run/key-source.ts";

const KEY = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----\n";
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "key-source-"));
  writeFileSync(join(folder, "key.pem"), KEY);
  writeFileSync(join(folder, "empty.pem"), " \n");
  writeFileSync(join(folder, "large.pem"), "x".repeat(1024 * 1024 + 1));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ["a variable", { env: "KEY" }, true],
  ["a file", { file: "tls.key" }, true],
  ["a command", { command: ["pass", "show", "tls"] }, true],
  ["nothing", {}, false],
  ["two ways at once", { env: "KEY", file: "tls.key" }, false],
  ["an empty command", { command: [] }, false],
  ["an empty name", { env: "" }, false],
  ["a way that does not exist", { vault: "x" }, false],
])("%s is a reference: %s", (_title, reference, good) => {
  const parsed = KeyReference.safeParse(reference);
  expect(parsed.success).toBe(good);
  if (!parsed.success)
    expect(parsed.error.issues[0]?.message).toMatch(/give exactly one of|expected string|Unrecognized key/);
});

describe("a variable", () => {
  test("contains the key unchanged, or on one line with \\n in it", () => {
    expect(lookForKey({ env: "K" }, { K: KEY })).toEqual({ kind: "found", pem: KEY });
    expect(lookForKey({ env: "K" }, { K: KEY.replaceAll("\n", "\\n") })).toEqual({ kind: "found", pem: KEY });
  });

  test.each([
    ["unset", {}],
    ["empty", { K: " " }],
  ])("that is %s is a missing key, by name", (_title, env) => {
    expect(lookForKey({ env: "K" }, env)).toEqual({ kind: "absent", why: "the environment variable K is not set" });
  });
});

describe("a file", () => {
  test("holds the key", () => {
    expect(lookForKey({ file: join(folder, "key.pem") })).toEqual({ kind: "found", pem: KEY });
  });

  test.each([
    ["missing.pem", /cannot be read \(ENOENT\)$/],
    [".", /cannot be read \(EISDIR\)$/],
    ["empty.pem", /is empty$/],
    ["large.pem", /is too large for a key$/],
  ])("%s is a missing key, with the reason", (name, why) => {
    expect(lookForKey({ file: join(folder, name) })).toEqual({ kind: "absent", why: expect.stringMatching(why) });
  });
});

describe("a command", () => {
  test("prints the key; its arguments are not interpreted by a shell", async () => {
    const script = "process.stdout.write(process.argv[1])";
    const found = await runKeyCommand([process.execPath, "-e", script, "$HOME; `id`"]);
    expect(found).toEqual({ kind: "found", pem: "$HOME; `id`" });
  });

  test.each<[string, string, RegExp]>([
    ["fails", "console.error('vault is sealed'); process.exit(3)", /exited with code 3: vault is sealed$/],
    ["prints nothing", "", /printed nothing$/],
    ["prints without end", "for (;;) require('fs').writeSync(1, 'x'.repeat(65536))", /printed more than any key$/],
    [
      "reads its input",
      "process.stdin.resume(); process.stdin.on('end', () => process.exit(7))",
      /exited with code 7$/,
    ],
  ])("that %s is a missing key, with the reason", async (_title, script, why) => {
    const found = await runKeyCommand([process.execPath, "-e", script]);
    expect(found).toEqual({ kind: "absent", why: expect.stringMatching(why) });
  });

  test("that does not exist is a missing key, and its arguments are not quoted", async () => {
    const found = await runKeyCommand([join(folder, "nowhere"), "secret-token"]);
    expect(found).toEqual({ kind: "absent", why: `the command ${join(folder, "nowhere")} could not be run (ENOENT)` });
  });

  test("with long error output is shortened, and keys in it are left out", async () => {
    const script = `console.error(${JSON.stringify(KEY)} + "a".repeat(60) + " no ".repeat(200)); process.exit(1)`;
    const found = await runKeyCommand([process.execPath, "-e", script]);
    const why = found.kind === "absent" ? found.why : "";
    expect(why).toContain("(PEM) (...) no no");
    expect(why).not.toContain("MIGHAgEA");
    expect(why.length).toBeLessThan(400 + process.execPath.length);
  });

  test("that hangs ends at its limit, and at once when the run is interrupted", async () => {
    const hangs = [process.execPath, "-e", "setInterval(() => undefined, 1000)"] as const;
    const late = await runKeyCommand([...hangs], { timeoutMs: 200 });
    expect(late).toEqual({ kind: "absent", why: expect.stringContaining("did not end within") });
    const stop = new AbortController();
    const running = runKeyCommand([...hangs], { signal: stop.signal });
    stop.abort();
    expect(await running).toEqual({ kind: "absent", why: expect.stringContaining("the run was interrupted") });
  });
});

describe("a command that fails and prints the key on standard error", () => {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const pem = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const secret = Buffer.from(privateKey.export({ format: "jwk" }).d ?? "", "base64url");
  const body = pem.replace(/-----[^-]*-----|\n/g, "");
  const wrapped = (width: number) => body.match(new RegExp(`.{1,${width}}`, "g"))?.join("\n") ?? "";
  const colons = (secret.toString("hex").match(/../g) ?? []).join(":").replace(/(.{45})/g, "$1\n    ");

  test.each([
    ["as it is", pem],
    ["without its BEGIN line", pem.replace(/-----BEGIN[^\n]*\n/, "")],
    ["wrapped at 20", wrapped(20)],
    ["wrapped at 6", wrapped(6)],
    ["as `openssl pkey -text` shows it", `Private-Key: (256 bit)\npriv:\n    ${colons}\npub:`],
    ["in hex", secret.toString("hex")],
  ])("%s: the error contains the other output, and nothing of the key", async (_how, shown) => {
    const script = `console.error("vault: permission denied for path tls\\n" + ${JSON.stringify(shown)}); process.exit(3)`;
    const fetched = await runKeyCommand([process.execPath, "-e", script]);
    const why = fetched.kind === "absent" ? fetched.why : "";
    expect(why).toContain("exited with code 3: vault: permission denied for path tls");
    const dense = why.replace(/[\s:]/g, "");
    for (let at = 0; at + 8 <= body.length; at++) expect(dense).not.toContain(body.slice(at, at + 8));
    for (const form of [secret.toString("hex"), secret.toString("base64")])
      for (let at = 0; at + 8 <= form.length; at++) expect(dense).not.toContain(form.slice(at, at + 8));
  });
});
