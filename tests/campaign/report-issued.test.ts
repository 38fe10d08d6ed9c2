/** As report.test.ts, for certificates that are made from a template: by Qwilt, and by a CA of one's own. */
import { stackOfFile } from "../support/engine/file-stack.ts";
import { CHANGES_ISSUED, FIRST_ISSUED, type Given, givenMaterials, preparedIssued } from "../support/reports/cases.ts";
import { expectReport } from "../support/reports/run.ts";

const on = stackOfFile(["--issue-ms", "1500"]);
let given: Given | undefined;

beforeAll(async () => {
  given = await givenMaterials();
  on.stack.env.EMULATOR_CONTROL = on.emulator.control;
}, 120_000);

describe("an empty stack", () => {
  test.each(FIRST_ISSUED)("$name: $risk", async (one) => {
    if (given !== undefined) await expectReport(one, given, on.stack);
    expect.hasAssertions();
  });
});

describe("two live sites", () => {
  beforeAll(async () => {
    on.stack.write(preparedIssued());
    await on.stack.up();
  }, 180_000);

  test.each(CHANGES_ISSUED)("$name: $risk", async (one) => {
    if (given !== undefined) await expectReport(one, given, on.stack);
    expect.hasAssertions();
  });
});
