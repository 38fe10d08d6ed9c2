/** The budgets of calls and time that a single rotation does not show. */
import { inWords } from "../support/emulator/emulator-process.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { materials } from "../support/x509/materials.ts";

const SITES = 5;
const on = stackOfFile();

function program(all: Awaited<ReturnType<typeof materials>>): string {
  return all
    .map(
      (one, index) => `
const site${index} = new q.Site("s${index}", { siteName: "site ${index}" });
const certificate${index} = new q.Certificate("s${index}", {
  certificate: ${JSON.stringify(one.leaf)}, certificateChain: ${JSON.stringify(one.chain)}, privateKey: pulumi.secret(${JSON.stringify(one.key)}),
});
new q.SiteCertificateLink("s${index}", { siteId: site${index}.siteId, certificate: certificate${index} });`,
    )
    .join("\n");
}

test(`creating ${SITES} certificates reads the pool once`, async () => {
  on.stack.write(program(await materials(SITES)));
  const since = await on.emulator.mark();
  await on.stack.up();
  const calls = (await on.emulator.ledger(since)).map(inWords);
  expect(calls.filter((word) => word === "pool")).toHaveLength(1);
  expect(calls.filter((word) => word === "upload")).toHaveLength(SITES);
});

test(`a refresh of ${SITES} sites costs at most ${SITES} + 3 calls and changes nothing`, async () => {
  const since = await on.emulator.mark();
  await on.stack.refresh("--expect-no-changes");
  const calls = (await on.emulator.ledger(since)).map(inWords);
  expect(calls.filter((word) => !["links", "pool", "sites"].includes(word))).toEqual([]);
  expect(calls.length).toBeLessThanOrEqual(SITES + 3);
});

test("a preview without a refresh makes no call", async () => {
  const since = await on.emulator.mark();
  await on.stack.preview("--expect-no-changes");
  expect(await on.emulator.ledger(since)).toEqual([]);
});

test("an unknown setting is reported once, with the one that was probably meant", async () => {
  await on.stack.pulumi(["config", "set", "qwilt:edgeprobe", "off"]);
  const preview = await on.stack.preview("--expect-no-changes");
  const [, diagnostics = ""] = preview.all.split("Diagnostics:");
  expect(diagnostics.match(/warning: .*setting.*/g)).toEqual([
    "warning: the setting qwilt:edgeprobe is unknown and has no effect; did you mean qwilt:edgeProbe?",
  ]);
});
