/** The two issuance workflows as programs in YAML; between two runs, the test acts as the DNS administrator and as the CA. */
import { createHash, X509Certificate } from "node:crypto";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { createProject, languageHosts } from "../support/languages/project.ts";
import { sharedCa, signRequest } from "../support/x509/factory.ts";

const HOSTS = ["shop.example.com", "www.example.com"];
/** The language host is built once. */
const SET_UP_MS = 20 * 60_000;

let hosts: string;
let emulator: EmulatorProcess;
let stack: Stack | undefined;

beforeAll(async () => {
  hosts = await languageHosts();
}, SET_UP_MS);
beforeEach(async () => {
  emulator = await startEmulatorProcess();
});
afterEach(async () => {
  stack?.close();
  await emulator?.close();
});

test("Qwilt issues: the records are created between two runs, and the second one links the certificate", async () => {
  stack = await createExample("managed");
  const first = await stack.up();
  expect(first.all).toMatch(/not issued yet: .*; a later run continues/);
  const { delegation } = await outputs(stack);
  expect(delegation).toHaveLength(2);
  for (const { fromDomain, toDomain, type, ttl } of delegation as DelegationRecord[])
    await emulator.ask("PUT", `/dns/${fromDomain}`, { type, value: toDomain, ttl });
  // Issuance takes up to an hour.
  await emulator.ask("POST", "/clock/advance", { ms: 3_600_000 });

  await stack.up();
  const { fingerprint } = await outputs(stack);
  expect(await served()).toEqual(HOSTS.map((host) => ({ host, fingerprint })));
  // A certificate that Qwilt issued is Qwilt's: it stays there.
  await leavesNothing(stack, ["certificate-templates", "sites"]);
});

test("a CA signs: the request of each run is signed before the next, and the earlier certificate is served until then", async () => {
  stack = await createExample("self-managed");
  await stack.up("--target", "**CertificateTemplate::www");
  const first = await sign(stack);
  await stack.up();
  expect(await served()).toEqual(HOSTS.map((host) => ({ host, fingerprint: first })));
  await stack.preview("--expect-no-changes");

  await configure(stack, { rotation: "2027-01" });
  const waiting = await stack.up();
  expect(waiting.all).toContain("signing request 2 is waiting for your CA's signature");
  expect(await served()).toEqual(HOSTS.map((host) => ({ host, fingerprint: first })));
  const second = await sign(stack);
  await stack.up();
  expect(second).not.toBe(first);
  expect(await served()).toEqual(HOSTS.map((host) => ({ host, fingerprint: second })));
  await leavesNothing(stack, ["certificate-templates", "certificates", "sites"]);
});

async function createExample(example: string): Promise<Stack> {
  const project = await createProject("yaml", { emulator, hosts, sdks: "", example });
  await configure(project.stack, { "qwilt:dnsServer": emulator.dns });
  return project.stack;
}

async function configure(of: Stack, values: Readonly<Record<string, string>>): Promise<void> {
  // Without the last line break, like `pulumi config set KEY < FILE`.
  const set = Object.entries(values).flatMap(([key, value]) => ["--plaintext", `${key}=${value.trimEnd()}`]);
  const { code, all } = await of.pulumi(["config", "set-all", ...set]);
  if (code !== 0) throw new Error(all);
}

/** As the CA and the person who passes its answer on. @returns the fingerprint of the certificate */
async function sign(of: Stack): Promise<string> {
  const { csrPem } = await outputs(of);
  const signed = await signRequest({
    csrPem: String(csrPem),
    ca: await sharedCa(),
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 47 * 86_400_000),
  });
  await configure(of, signed);
  return createHash("sha256").update(new X509Certificate(signed.certificate).raw).digest("hex");
}

interface DelegationRecord {
  readonly fromDomain: string;
  readonly toDomain: string;
  readonly type: string;
  readonly ttl: number;
}

async function outputs(of: Stack): Promise<Record<string, unknown>> {
  const { stdout } = await of.pulumi(["stack", "output", "--json"]);
  return JSON.parse(stdout) as Record<string, unknown>;
}

/** What the edge serves to visitors. */
async function served() {
  const changes = (await emulator.edgeNow()).filter(({ target }) => target === "ga");
  return changes.map(({ host, fingerprint }) => ({ host, fingerprint })).sort((a, b) => a.host.localeCompare(b.host));
}

/** Further runs change nothing, and `destroy` removes what the program created. */
async function leavesNothing(of: Stack, created: readonly string[]): Promise<void> {
  await of.preview("--expect-no-changes");
  await of.refresh("--expect-no-changes");
  await of.preview("--expect-no-changes");
  expect(JSON.stringify(await of.exported())).not.toContain("PRIVATE KEY");
  await of.destroy();
  for (const objects of created) expect((await emulator.call("GET", `/api/v2/${objects}`)).body).toEqual([]);
}
