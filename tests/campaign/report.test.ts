/**
 * `pulumi-qwilt report` on previews of the real CLI: its output for each kind of change is in tests/golden/report, with
 * dates and fingerprints replaced. QWILT_UPDATE_DOCS=1 writes the files again; review the differences.
 */
import { main } from "../../provider/cli/main.ts";
import { MOST_CHARACTERS } from "../../provider/report/markdown.ts";
import { expectFile } from "../docs/generated.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { HOSTS, type SiteProgram, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

const on = stackOfFile();
let [first, second, third]: (Material | undefined)[] = [];
let fewer: Material | undefined;

interface Case {
  readonly name: string;
  /** What is live before; if omitted, the program of the previous case. */
  readonly program: () => string;
  readonly risk: string;
}

const live = (more: Partial<SiteProgram> = {}) => siteProgram({ material: given(first), ...more });

const CASES: readonly Case[] = [
  { name: "nothing", program: () => live(), risk: "none" },
  { name: "rotation", program: () => live({ material: given(second) }), risk: "brief" },
  { name: "revision", program: () => live({ origin: "new.example.com" }), risk: "brief" },
  {
    name: "rotation-and-revision",
    program: () => live({ material: given(second), origin: "new.example.com" }),
    risk: "brief",
  },
  { name: "earlier-expiry", program: () => live({ material: given(third) }), risk: "review" },
  { name: "names-lost", program: () => live({ material: given(fewer), hosts: HOSTS.slice(0, 1) }), risk: "review" },
  { name: "no-cover", program: () => live({ material: given(fewer) }), risk: "stop" },
  { name: "link-removed", program: () => live({ link: false }), risk: "review" },
  { name: "taken-off-the-network", program: () => live({ publication: false }), risk: "review" },
  { name: "all-deleted", program: () => "", risk: "review" },
  { name: "program-fails", program: () => `throw new Error("no vault today");`, risk: "stop" },
];

const previews = new Map<string, string>();

beforeAll(async () => {
  [third, first, second] = await materials(3);
  [fewer] = await materials(1, HOSTS.slice(0, 1));
  on.stack.write(live());
  previews.set("first-certificate", await previewJson());
  await on.stack.up();
}, 120_000);

function given(material: Material | undefined): Material {
  if (material === undefined) throw new Error("there is no such certificate");
  return material;
}

async function previewJson(): Promise<string> {
  return (await on.stack.pulumi(["preview", "--json"])).stdout;
}

function report(input: string, ...args: string[]) {
  let [out, error] = ["", ""];
  const code = main(["report", ...args], {
    readFile: () => input,
    readInput: () => input,
    writeFile: () => undefined,
    now: () => Date.now(),
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    colours: false,
  });
  return { code, out, error };
}

/** Replaces what differs from run to run. */
function settled(text: string): string {
  return text
    .replace(/\b[0-9a-f]{16}…/g, "FINGERPRINT…")
    .replace(/\b[0-9a-f]{24}\b/g, "SITE")
    .replace(/\S*stack-\w+\S*/g, "PROGRAM")
    .replace(/\b20\d\d-\d\d-\d\d\b/g, "DATE")
    .replace(/\d+ days left/g, "N days left")
    .replace(/\d+ ms the last time/g, "N ms the last time");
}

test("a first certificate", () => {
  expectFile("tests/golden/report/first-certificate.md", settled(report(previews.get("first-certificate") ?? "").out));
});

test.each(CASES)("$name: $risk", async ({ name, program, risk }) => {
  on.stack.write(program());
  const preview = await previewJson();
  previews.set(name, preview);
  const { out, error } = report(preview);
  expect(error).toBe("");
  expectFile(`tests/golden/report/${name}.md`, settled(out));
  expect(out).toContain(`**Risk: ${risk}.**`);
  expect(JSON.parse(report(preview, "--format", "json").out)).toMatchObject({ risk });
});

test("the same bytes again, and for resources in any order", () => {
  expect(previews.size).toBe(CASES.length + 1);
  for (const preview of previews.values()) {
    const { steps, diagnostics = [], ...rest } = JSON.parse(preview);
    const shuffled = JSON.stringify({ ...rest, steps: steps.toReversed(), diagnostics: diagnostics.toReversed() });
    expect(report(shuffled).out).toBe(report(preview).out);
  }
});

test("no key and no PEM", () => {
  for (const preview of previews.values())
    for (const format of ["markdown", "text", "json"])
      expect(report(preview, "--format", format).out).not.toMatch(new RegExp(`BEGIN|${on.emulator.apiKey}`));
});

test("two hundred sites fit into a comment, the riskiest first, and what is left out is named", () => {
  const { steps, diagnostics } = JSON.parse(previews.get("rotation-and-revision") ?? "");
  const id: string = steps
    .map((step: { oldState?: { outputs?: { siteId?: string } } }) => step.oldState?.outputs?.siteId)
    .find(Boolean);
  const text = JSON.stringify({ steps, diagnostics });
  const many = Array.from({ length: 200 }, (_, index) => {
    const copy = text.replaceAll(id, `${index}`.padStart(24, "a")).replaceAll("::www", `::www-${index}`);
    return JSON.parse(copy) as { steps: object[]; diagnostics: object[] };
  });
  const removed = previews.get("link-removed") ?? "{}";
  const all = [...many, JSON.parse(removed) as { steps: object[]; diagnostics?: object[] }];
  const { out } = report(
    JSON.stringify({
      steps: all.flatMap((one) => one.steps),
      diagnostics: all.flatMap((one) => one.diagnostics ?? []),
    }),
  );
  expect(out.length).toBeLessThan(MOST_CHARACTERS);
  expect(out).toContain("201 sites affected");
  const sections = [...out.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
  expect(sections.find((title) => title?.includes("site "))).toContain("review");
  expect(sections.at(-1)).toBe("Left out");
  const shown = sections.filter((title) => title?.includes("site ")).length;
  expect(out).toContain(`The details of ${201 - shown} sites do not fit`);
});

test.each([
  ["review", "rotation", 0],
  ["review", "link-removed", 1],
  ["stop", "link-removed", 0],
  ["stop", "no-cover", 1],
])("--fail-on %s on %s ends with %i", (risk, name, code) => {
  expect(report(previews.get(name) ?? "", "--fail-on", risk).code).toBe(code);
});

test.each([
  ["", "it is empty"],
  ["Previewing update (prod):", "it is not one JSON document"],
  [`{"version": 3}`, "it has no list of steps"],
])("%j is reported not to be a preview", (input, why) => {
  const { code, out, error } = report(input);
  expect([code, out]).toEqual([2, ""]);
  expect(error).toContain(`standard input is not the output of \`pulumi preview --json\`: ${why}`);
});
