/**
 * A sample of tests/campaign/faults.test.ts in Pulumi's real provider process: users see what docs/faults.md says about
 * the calls of a rotation.
 */
import { page } from "../docs/generated.ts";
import { unexpectedEnd } from "../support/faults/expected.ts";
import { type Flow, uploadFlows } from "../support/faults/flows.ts";
import { CALL_FAULTS, type Hit, PUBLISH_ENDS } from "../support/faults/kinds.ts";
import { inProcess, type Lane, startLane } from "../support/faults/lane.ts";
import { documented, WELL } from "../support/faults/table.ts";
import { materials } from "../support/x509/materials.ts";

jest.setTimeout(120_000);

const REPUBLISH = "POST /api/v2/sites/{}/publishing-operations/actions/republish";
const LINK = "POST /api/v2/sites/{}/certificates";
const UPLOAD = "POST /api/v2/certificates";

let lane: Lane;
let rotate: Flow;

beforeAll(async () => {
  const [a, b] = await materials(2);
  const found = a && b && uploadFlows(a, b).find(({ name }) => name === "rotate");
  if (found === undefined) throw new Error("there is no rotation");
  rotate = found;
  lane = await startLane(inProcess);
});
afterAll(() => lane?.close());

const cases: readonly [call: string, fault: string, times: "once" | "lasting"][] = [
  [REPUBLISH, "failed", "once"],
  [REPUBLISH, "stuck", "once"],
  [REPUBLISH, "failed", "lasting"],
  [LINK, "404", "once"],
  [LINK, "cut after", "once"],
  [UPLOAD, "cut after", "once"],
  [UPLOAD, "HTML", "once"],
];

test.each(cases)(
  "%s with %s, %s, ends as documented, and the next run gives the wanted result",
  async (name, kind, times) => {
    const call = { name, nth: 1 };
    const fault = [...CALL_FAULTS, ...PUBLISH_ENDS].find((one) => one.name === kind);
    if (fault === undefined) throw new Error(`there is no fault ${kind}`);
    const hit: Hit = { call, fault, times, afterwards: "run again" };
    const { code, problems } = await lane.hit(rotate, hit);
    expect([...problems, ...unexpectedEnd(rotate, hit, code)]).toEqual([]);
    const said = documented(page("docs/faults.md"), { flow: rotate.name, call, fault: kind, times });
    expect(code ?? WELL).toBe(said);
  },
);
