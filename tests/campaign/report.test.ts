/**
 * `pulumi-qwilt report` on previews of the real CLI: what it says of each kind of change is in tests/golden/report, with
 * dates moved to 2026-03-01 and fingerprints and ids replaced one by one. QWILT_UPDATE_DOCS=1 writes them again; read what
 * changed.
 */
import { join } from "node:path";
import fc from "fast-check";
import { MOST_CHARACTERS } from "../../provider/report/markdown.ts";
import { expectFile, ROOT } from "../docs/generated.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { type Registered, startPolicyPack } from "../support/engine/policy-pack.ts";
import {
  BY_HAND,
  CHANGES,
  EXPIRING,
  FIRST,
  type Given,
  givenMaterials,
  prepared,
  type ReportCase,
} from "../support/reports/cases.ts";
import { atNoon, expectReport, type Previewed, report } from "../support/reports/run.ts";
import { settled } from "../support/reports/settle.ts";

const on = stackOfFile();
let made: Given | undefined;
const previews = new Map<string, Previewed>();
const json = (name: string) => previews.get(name)?.json ?? "";

const given = (): Given => {
  if (made === undefined) throw new Error("there are no certificates");
  return made;
};

beforeAll(async () => {
  made = await givenMaterials();
}, 120_000);

const check = async (one: ReportCase) => void previews.set(one.name, await expectReport(one, given(), on.stack));

describe("an empty stack", () => {
  test.each(FIRST)("$name: $risk", check);
});

describe("a live site", () => {
  beforeAll(async () => {
    on.stack.write(prepared(given()));
    await on.stack.up();
  }, 180_000);

  test.each(CHANGES)("$name: $risk", check);
});

describe("a live certificate that expires soon", () => {
  beforeAll(async () => {
    on.stack.write(EXPIRING[0]?.program(given()) ?? "");
    await on.stack.up();
  }, 180_000);
  afterAll(async () => {
    on.stack.write(prepared(given()));
    await on.stack.up();
  }, 180_000);

  test.each(EXPIRING)("$name: $risk", check);
});

describe("a certificate that somebody linked by hand", () => {
  beforeAll(async () => {
    // Nobody runs `pulumi up` afterwards, so theirs stays.
    on.emulator.history.except(2, "somebody linked another certificate by hand");
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const { leaf, chain, key } = given().materials.more;
    const upload = { certificate: base64(leaf), certificateChain: base64(chain), privateKey: base64(key) };
    const { certId } = (await byHand("POST", "/api/v2/certificates", upload)) as { certId: string };
    const [site] = (await byHand("GET", "/api/v2/sites")) as { siteId: string }[];
    const path = `/api/v2/sites/${site?.siteId}/certificates`;
    const [linked] = (await byHand("GET", path)) as { certificateId: string }[];
    await byHand("DELETE", `${path}/${linked?.certificateId}`);
    await byHand("POST", path, { certificateId: String(certId) });
  });

  test.each(BY_HAND)("$name: $risk", check);
});

async function byHand(method: string, path: string, body?: unknown): Promise<unknown> {
  const answer = await on.emulator.call(method, path, body);
  if (answer.status >= 300)
    throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

test("the same bytes again, and for steps and messages in any order", () => {
  expect(previews.size).toBe(FIRST.length + CHANGES.length + EXPIRING.length + BY_HAND.length);
  const seed = Number(process.env.REPORT_SEED ?? Date.now() % 2 ** 31);
  process.stderr.write(`report: REPORT_SEED=${seed}\n`);
  for (const { json: preview } of previews.values()) {
    const { steps, diagnostics = [], ...rest } = JSON.parse(preview) as Digest;
    const orders = fc.sample(fc.tuple(anyOrderOf(steps), anyOrderOf(diagnostics)), { numRuns: 5, seed });
    for (const [inAnyOrder, mixed] of orders) {
      const shuffled = { ...rest, steps: inAnyOrder, diagnostics: ownOrderOf(mixed, diagnostics) };
      expect(report(JSON.stringify(shuffled)).out).toBe(report(preview).out);
    }
  }
});

const anyOrderOf = <T>(all: readonly T[]) =>
  fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length });

/** What is said on one resource keeps its order. */
function ownOrderOf(mixed: readonly Said[], original: readonly Said[]): (Said | undefined)[] {
  const left = [...original];
  return mixed.map(
    ({ urn }) =>
      left.splice(
        left.findIndex((one) => one.urn === urn),
        1,
      )[0],
  );
}

test("no key, no PEM, no password, in any format and from either source", () => {
  const planted = ["qwilt-password-canary", "-----BEGIN PRIVATE KEY-----\nkey-canary", on.emulator.apiKey];
  for (const { json: preview, events } of previews.values()) {
    const {
      steps,
      diagnostics = [],
      ...rest
    } = JSON.parse(preview) as {
      steps: { oldState?: RawState; newState?: RawState }[];
      diagnostics?: object[];
    };
    // What a program could have put beside our inputs, and a tool into the document.
    const secrets = { privateKey: planted[1], password: planted[0], token: planted[2] };
    const poison = (raw?: RawState) =>
      raw && { ...raw, inputs: { ...raw.inputs, ...secrets }, outputs: { ...raw.outputs, ...secrets } };
    const poisoned = steps.map((step) => ({
      ...step,
      oldState: poison(step.oldState),
      newState: poison(step.newState),
    }));
    // A program that fails prints what it has in hand.
    const pem = { severity: "error", message: `no key here: ${planted[1]}\n-----END PRIVATE KEY-----` };
    const header = { severity: "error", message: `403 for Authorization: X-API-KEY ${planted[2]}` };
    const login = { severity: "warning", message: `POST /login?password=${planted[0]}` };
    const texts = [
      JSON.stringify({
        ...rest,
        diagnostics: [...diagnostics, pem, header, login],
        config: { "qwilt:password": planted[0] },
        steps: poisoned,
      }),
      events,
    ];
    for (const format of ["markdown", "text", "json"])
      for (const text of texts) {
        const { out } = report(text, "--format", format);
        expect(out).not.toMatch(/BEGIN/);
        for (const secret of planted) expect(out).not.toContain(secret);
      }
  }
});

test("without sames the report names a site by its link", () => {
  const { steps, ...rest } = JSON.parse(json("rotation")) as { steps: { op: string }[] };
  const { out } = report(JSON.stringify({ ...rest, steps: steps.filter(({ op }) => op !== "same") }));
  expect(out).toMatch(/^### www \(site [0-9a-f]{24}\): brief$/m);
});

test("events that end early, or that are those of an update, are no preview", () => {
  const lines = previews.get("rotation")?.events.trim().split("\n") ?? [];
  const cut = report(lines.slice(0, -2).join("\n"));
  expect([cut.code, cut.error]).toEqual([2, expect.stringContaining("its events end before the preview does")]);
  const update = report(lines.join("\n").replace('"isPreview":true', '"isPreview":false'));
  expect([update.code, update.error]).toEqual([2, expect.stringContaining("its events are those of an update")]);
});

/** `policies.json` of run.ts makes rollback-off and link-deletion mandatory. */
test("a mandatory policy that is violated makes the risk stop, and the finding says what to do", () => {
  const { code, out } = report(
    json("roll-back-off"),
    ...atNoon(given()),
    "--policy",
    "policies.json",
    "--fail-on",
    "stop",
  );
  expectFile("tests/golden/report/policies.md", settled(out, json("roll-back-off"), given()));
  expect(code).toBe(1);
  expect(out).toContain("**Risk: stop.** Do not merge: a mandatory policy is violated.");
  expect(report(json("link-removed"), "--policy", "policies.json").out).toContain("policy link-deletion");
});

test("an advisory policy that is violated is shown, and the risk stays", () => {
  const { code, out } = report(json("coverage-off"), "--policy", "policies.json", "--fail-on", "stop");
  expect(code).toBe(0);
  expect(out).toContain("| coverage-off (advisory) | SiteCertificateLink www |");
  expect(out).toContain("**Risk: review.**");
});

test("what policies cannot judge before the run is said", () => {
  const { out } = report(json("certificate-not-known"), "--policy", "policies.json");
  expect(out).toContain("| SiteCertificateLink www | not known before the run: the secured hosts |");
});

test("the policy pack judges the inputs of the same previews as the report does, and reports nothing about unknown ones", async () => {
  const pack = await startPolicyPack(join(ROOT, "examples/policy-pack"));
  try {
    for (const [name, rules] of [
      ["roll-back-off", ["proof-required", "rollback-off"]],
      ["coverage-off", ["coverage-off", "coverage-required", "proof-required"]],
      ["first-certificate", ["proof-required"]],
      ["certificate-not-known", ["proof-required"]],
    ] as const) {
      const { steps } = JSON.parse(json(name)) as { steps: RegisteredStep[] };
      const found = await Promise.all(
        steps.flatMap(({ urn, newState }) => (newState ? [pack.analyze(inputOf(urn, newState))] : [])),
      );
      expect([
        name,
        found
          .flat()
          .map(({ policy }) => policy)
          .toSorted(),
      ]).toEqual([name, [...rules]]);
    }
  } finally {
    await pack.close();
  }
});

interface RegisteredStep {
  readonly urn: string;
  readonly newState?: { readonly type: string; readonly inputs?: Readonly<Record<string, unknown>> };
}

function inputOf(urn: string, { type, inputs = {} }: NonNullable<RegisteredStep["newState"]>): Registered {
  return { urn, type, name: urn.slice(urn.lastIndexOf("::") + 2), properties: inputs };
}

test("a policy file that cannot be read is an error", () => {
  const { code, error } = report(json("rotation"), "--policy", "preview.json");
  expect([code, error]).toEqual([2, expect.stringContaining('preview.json is no policy file: "steps"')]);
});

test("two hundred sites fit a comment, the riskiest first, and what is left out is named", () => {
  const { steps, diagnostics } = JSON.parse(json("rotation-and-revision"));
  const id: string = steps
    .filter(({ urn }: { urn: string }) => urn.endsWith("SiteCertificateLink::www"))
    .map((step: { oldState?: { outputs?: { siteId?: string } } }) => step.oldState?.outputs?.siteId)
    .find(Boolean);
  const text = JSON.stringify({ steps, diagnostics });
  const many = Array.from({ length: 200 }, (_, index) => {
    const copy = text.replaceAll(id, `${index}`.padStart(24, "a")).replaceAll("::www", `::www-${index}`);
    return JSON.parse(copy.replaceAll('"www.example.com"', `"www-${index}.example.com"`)) as Digest;
  });
  const removed = JSON.parse(json("link-removed")) as Digest;
  const all = [...many, removed];
  const document = JSON.stringify({
    steps: all.flatMap((one) => one.steps),
    diagnostics: all.flatMap((one) => one.diagnostics ?? []),
  });
  for (const args of [[], ["--policy", "policies.json"]]) {
    const { out } = report(document, ...args);
    expect(out.length).toBeLessThan(MOST_CHARACTERS);
    expect(out).toContain("201 sites affected");
    const sections = [...out.matchAll(/^### (.*)$/gm)].map(([, title]) => title);
    const shown = sections.filter((title) => /: (brief|review|stop)$/.test(title ?? ""));
    expect(shown[0]).toContain("review");
    expect(sections.at(-1)).toBe("Omitted sites");
    expect(out).toContain(`The details of ${201 - shown.length} sites do not fit`);
  }
});

interface Said {
  readonly urn?: string;
}

interface Digest {
  readonly steps: readonly object[];
  readonly diagnostics?: readonly Said[];
}

interface RawState {
  readonly inputs?: object;
  readonly outputs?: object;
}

test.each([
  ["review", "rotation", 0],
  ["review", "link-removed", 1],
  ["stop", "link-removed", 0],
  ["stop", "no-cover", 1],
])("--fail-on %s on %s ends with %i", (risk, name, code) => {
  expect(report(json(name), "--fail-on", risk).code).toBe(code);
});

test.each([
  ["", "it is empty"],
  ["Previewing update (prod):", "it is not one JSON document"],
  [`{"version": 3}`, "it has no list of steps"],
])("%j is no preview, and that is said", (input, why) => {
  const { code, out, error } = report(input);
  expect([code, out]).toEqual([2, ""]);
  expect(error).toContain(`standard input is not the output of \`pulumi preview --json\`: ${why}`);
});
