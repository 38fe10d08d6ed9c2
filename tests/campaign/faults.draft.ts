/**
 * Every call of every run, with every fault: the run goes on, or ends with an error that says what to do; what a user
 * does then brings what is wanted; the invariants hold. docs/faults.md is the table of it (QWILT_UPDATE_DOCS=1).
 * `npm run test:campaign -- --testPathPatterns campaign/faults --size 100` takes a hundred cases, spread evenly.
 */
import { expectGenerated } from "../docs/generated.ts";
import { type Flow, flows, type Hit, inCore, type Lane, startLane } from "../support/fault-flows.ts";
import { faultsAt } from "../support/fault-kinds.ts";
import { callName, type Found, renderFaults } from "../support/fault-table.ts";
import { materials } from "../support/materials.ts";

jest.setTimeout(40 * 60_000);

interface Case {
  readonly flow: Flow;
  readonly hit: Hit;
}

/** Cases whose name holds this text: `QWILT_FAULTS="rotate, .*republish.*stuck"`, a regular expression. */
const ONLY = new RegExp(process.env.QWILT_FAULTS ?? "");
const LANES = 2;
const AFTERWARDS = ["run again", "refresh and run again", "destroy"] as const;

let lanes: Lane[] = [];
const cases: Case[] = [];

beforeAll(async () => {
  const [a, b] = await materials(2);
  if (a === undefined || b === undefined) throw new Error("two certificates were asked for");
  lanes = await Promise.all(Array.from({ length: LANES }, () => startLane(inCore)));
  const [lane] = lanes;
  if (lane === undefined) throw new Error("there is no lane");
  for (const flow of flows(a, b)) {
    for (const call of await lane.calls(flow)) {
      for (const fault of faultsAt(call.name)) {
        for (const times of fault.onlyOnce ? (["once"] as const) : (["once", "lasting"] as const)) {
          const afterwards = AFTERWARDS[cases.length % AFTERWARDS.length] ?? "run again";
          cases.push({ flow, hit: { call, fault, times, afterwards } });
        }
      }
    }
  }
});
afterAll(() => Promise.all(lanes.map((lane) => lane.close())));

test("a fault at any call of any run ends as docs/faults.md says, and what a user does next brings what is wanted", async () => {
  const size = Number(process.env.QWILT_CAMPAIGN_SIZE ?? "0");
  const every = size > 0 ? Math.max(1, Math.floor(cases.length / size)) : 1;
  const chosen = cases.filter((one, index) => index % every === 0 && ONLY.test(nameOf(one)));
  const found: (Found & { readonly order: number })[] = [];
  const wrong: string[] = [];
  const left = chosen.entries();
  async function work(lane: Lane): Promise<void> {
    for (const [order, { flow, hit }] of left) {
      const { code, problems, hit: wasHit, words } = await lane.hit(flow, hit);
      const name = nameOf({ flow, hit });
      if (!wasHit) wrong.push(`${name}: the fault hit nothing`);
      if (problems.length > 0) wrong.push(`${name}:\n  ${problems.join("\n  ")}\n  ${words.join("\n  ")}`);
      const tell = !wasHit || problems.length > 0;
      if (tell)
        process.stdout.write(`faults: ${name}: ${wasHit ? problems.join("; ").slice(0, 500) : "hit nothing"}\n`);
      found.push({ order, flow: flow.name, call: hit.call, fault: hit.fault.name, times: hit.times, code });
      if (found.length % 100 === 0)
        process.stdout.write(`faults: ${found.length} of ${chosen.length}, ${wrong.length} wrong\n`);
    }
  }
  await Promise.all(lanes.map(work));
  process.stdout.write(`faults: ${found.length} cases of ${cases.length}, ${wrong.length} wrong\n`);
  if (wrong.length > 0) throw new Error(`${wrong.length} of ${found.length} cases went wrong\n${wrong.join("\n")}`);
  if (chosen.length === cases.length)
    expectGenerated("docs/faults.md", "faults", renderFaults(found.sort((a, b) => a.order - b.order)));
});

function nameOf({ flow, hit }: Case): string {
  return `${flow.name}, ${callName(hit.call)}, ${hit.fault.name} ${hit.times}, then ${hit.afterwards}`;
}
