/** The two issuance workflows as programs in YAML; between two runs, the test acts as the DNS administrator and as the CA. */
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { createProject, languageHosts } from "../support/languages/project.ts";

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
  emulator = await startEmulatorProcess(["--issue-ms", "100"]);
});
afterEach(async () => {
  stack?.close();
  await emulator?.close();
});

test("Qwilt issues: the records are created between two runs, and the second one links the certificate", async () => {
  ({ stack } = await createProject("yaml", { emulator, hosts, sdks: "", example: "managed" }));
  const first = await stack.up();
  expect(first.all).toMatch(/not issued yet: .*; a later run continues/);
  const { delegation } = await outputs(stack);
  expect(delegation).toHaveLength(2);
  for (const { fromDomain, toDomain, type, ttl } of delegation as DelegationRecord[])
    await emulator.ask("PUT", `/dns/${fromDomain}`, { type, value: toDomain, ttl });
  // Qwilt validates the records within a day, by the emulator's clock.
  await emulator.ask("POST", "/clock/advance", { ms: 3_600_000 });

  await stack.up();
  const { certificateId } = await outputs(stack);
  expect(await served()).toEqual(HOSTS.map((host) => ({ host, certificateId })));
  await leavesNothing(stack);
});

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
  return changes
    .map(({ host, certificateId }) => ({ host, certificateId }))
    .sort((a, b) => a.host.localeCompare(b.host));
}

/** The program is stable, and its end removes everything. */
async function leavesNothing(of: Stack): Promise<void> {
  await of.preview("--expect-no-changes");
  await of.refresh("--expect-no-changes");
  await of.preview("--expect-no-changes");
  expect(JSON.stringify(await of.exported())).not.toContain("PRIVATE KEY");
  await of.destroy();
  for (const objects of ["certificate-templates", "sites"])
    expect((await emulator.call("GET", `/api/v2/${objects}`)).body).toEqual([]);
}
