/** `pulumi-qwilt promotion status` on states of stacks: what it shows, what stands between, and what it refuses. */
import { promotionCommand } from "../../provider/cli/promotion-command.ts";
import { promotionStatus, readStack } from "../../provider/report/promotion.ts";
import type { Proof, Requires } from "../../provider/resources/site-certificate-link/args.ts";

const NOW = Date.parse("2026-11-23T10:00:00.000Z");
const A = { fingerprint: "a".repeat(64), notAfter: "2026-12-01T09:00:00Z" };
const B = { fingerprint: "b".repeat(64), notAfter: "2027-01-09T09:00:00Z" };
const SINCE = "2026-11-23T09:00:00.000Z";

interface LinkInState {
  readonly certificate?: typeof A;
  readonly proof?: Partial<Proof> | null;
  readonly requires?: Requires;
  readonly linked?: number | null;
  readonly name?: string;
}

/** What `pulumi stack export` prints of a stack with one link, as far as it is read. */
function exported(...links: LinkInState[]): string {
  const resources = links.flatMap(({ certificate = B, proof = {}, requires, linked = 31, name = "www" }, index) => {
    const siteId = `s${index}`;
    const found = {
      siteId,
      target: "ga",
      ...certificate,
      publishId: "p",
      activatedAt: SINCE,
      seen: "handshake",
      ...proof,
    };
    const outputs = {
      ...{ siteId, certificateId: 31, linkedCertificateId: linked, ...certificate },
      targets: { ga: { publishId: "p", publishStatus: "Success", activatedAt: SINCE, certificateId: 31 } },
      ...(proof === null ? {} : { proof: found }),
    };
    const type = "pulumi-nodejs:dynamic/qwilt:SiteCertificateLink";
    const urn = `urn:pulumi:x::p::${type}::${name}`;
    return [
      { urn: `urn:pulumi:x::p::pulumi:pulumi:Stack::p-x`, type: "pulumi:pulumi:Stack" },
      { urn, type, inputs: { siteId, ...(requires === undefined ? {} : { requires }) }, outputs },
      { urn, type, delete: true, inputs: {}, outputs: { siteId: "gone" } },
    ];
  });
  return JSON.stringify({ version: 3, deployment: { resources } });
}

const FILES: Readonly<Record<string, string>> = {
  "good.json": exported({}),
  "none.json": JSON.stringify({ version: 3, deployment: {} }),
  "text.json": "Previewing",
  "array.json": "[]",
};

function run(line: string, programs: Readonly<Record<string, string>> = {}) {
  let [out, error] = ["", ""];
  const terminal = {
    readFile(path: string) {
      const text = FILES[path];
      if (text === undefined) throw Object.assign(new Error(path), { code: "ENOENT" });
      return text;
    },
    readInput: () => exported({ certificate: A }),
    writeFile: () => undefined,
    now: () => NOW,
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    colours: false,
  };
  const code = promotionCommand(line.split(" ").filter(Boolean), terminal, (program, args) => {
    const text = programs[[program, ...args].join(" ")];
    if (text === undefined) throw new Error(`no stack named '${args.at(-1)}' found`);
    return text;
  });
  return { code, out, error };
}

const step = (from: LinkInState[], to: LinkInState[]) =>
  promotionStatus([readStack("staging", exported(...from)), readStack("prod", exported(...to))], NOW).between[0];

const old: LinkInState = { certificate: A };
const demands = (requires: Requires): LinkInState => ({ ...old, requires });

describe("what stands between", () => {
  test.each<[string, LinkInState[], LinkInState[], object]>([
    ["the same certificate", [{}], [{}], { status: "same" }],
    ["the same, though production demands more now", [{ proof: null }], [{ requires: {} }], { status: "same" }],
    [
      "nothing",
      [{}],
      [demands({ minAgeMinutes: 60 })],
      { status: "ready", text: expect.stringMatching(/requires 60 minutes$/) },
    ],
    [
      "nothing: no proof is demanded",
      [{}],
      [old],
      { status: "ready", text: expect.stringMatching(/requires no proof$/) },
    ],
    [
      "nothing, and nothing is proven",
      [{ proof: null }],
      [old],
      { status: "ready", text: expect.stringContaining("has not proven") },
    ],
    [
      "nothing: production has no link yet",
      [{}],
      [],
      { status: "ready", text: expect.stringContaining("has no link yet") },
    ],
    [
      "time",
      [{}],
      [demands({ minAgeMinutes: 90 })],
      { status: "waiting", todo: "run this again from 2026-11-23T10:30:00.000Z on" },
    ],
    [
      "a handshake",
      [{ proof: { seen: "api" } }],
      [demands({ seenBy: "handshake" })],
      { status: "blocked", todo: expect.stringContaining("--stack staging") },
    ],
    [
      "a proof",
      [{ proof: null }],
      [demands({})],
      { status: "blocked", todo: expect.stringContaining("`pulumi up --refresh --stack staging`") },
    ],
    ["a proof of what is linked", [{ proof: { fingerprint: A.fingerprint } }], [demands({})], { status: "blocked" }],
    ["a certificate that is linked", [{ linked: null }], [old], { status: "blocked" }],
    ["staging itself", [old], [{}], { status: "behind", todo: expect.stringContaining("--stack staging") }],
    ["a link", [], [{}], { status: "absent" }],
  ])("%s", (_title, from, to, told) => expect(step(from, to)).toMatchObject({ from: "staging", to: "prod", ...told }));

  test("each link of the program is a row of its own, by name", () => {
    const both = exported({ name: "www" }, { name: "api", certificate: A });
    const { between } = promotionStatus([readStack("a", both), readStack("b", both), readStack("c", both)], NOW);
    expect(between.map(({ link, from, to }) => `${link} ${from} ${to}`)).toEqual([
      "api a b",
      "api b c",
      "www a b",
      "www b c",
    ]);
  });
});

describe("the command", () => {
  test("reads states from files, standard input, and what pulumi prints", () => {
    const programs = { "pulumi stack export --stack org/web/dev": exported({ certificate: A }) };
    const { code, out, error } = run("status org/web/dev staging=good.json prod=-", programs);
    expect([code, error]).toEqual([0, ""]);
    expect(out).toContain("org/web/dev -> staging: behind");
    expect(out).toContain("staging -> prod: ready");
  });

  test("prints the same in JSON each time", () => {
    const first = run("status a=good.json b=- --json").out;
    expect(run("status a=good.json b=- --json").out).toBe(first);
    expect(JSON.parse(first)).toMatchObject({
      stacks: [
        { stack: "a", links: [{ link: "www", since: SINCE, liveOn: ["ga"], proof: { seen: "handshake" } }] },
        { stack: "b" },
      ],
      between: [{ link: "www", from: "a", to: "b", status: "ready" }],
    });
  });

  test("--now moves the age", () => {
    const state = exported(demands({ minAgeMinutes: 90 }));
    const at = (time: string) =>
      run(`status a=good.json b --now ${time}`, { "pulumi stack export --stack b": state }).out;
    expect(at("2026-11-23T10:00:00Z")).toContain("a -> b: waiting");
    expect(at("2026-11-23T11:00:00Z")).toContain("a -> b: ready");
  });

  test("a site that was published after its link is live, and proven by nothing yet", () => {
    const state = JSON.parse(exported({ proof: null }));
    const { outputs } = state.deployment.resources[1];
    outputs.targets = {};
    const publication = { siteId: "s0", target: "staging", publishStatus: "Success", activatedAt: SINCE };
    const type = "pulumi-nodejs:dynamic/qwilt:SitePublication";
    state.deployment.resources.push({ urn: `urn:pulumi:x::p::${type}::www`, type, outputs: publication });
    const linkIn = () => readStack("staging", JSON.stringify(state)).links[0];
    expect(linkIn()).toMatchObject({ liveOn: ["staging"], since: SINCE });
    expect(linkIn()?.proof).toBeUndefined();
    publication.publishStatus = "Failed";
    expect(linkIn()).toMatchObject({ liveOn: [] });
    publication.publishStatus = "Success";
    outputs.linkedCertificateId = null;
    expect(linkIn()).toMatchObject({ liveOn: [], certificateId: null });
  });

  test("a link by a bare id has the certificate of its proof", () => {
    const state = JSON.parse(exported({}));
    const { outputs } = state.deployment.resources[1];
    delete outputs.fingerprint;
    delete outputs.notAfter;
    const linkIn = () => readStack("staging", JSON.stringify(state)).links[0];
    expect(linkIn()).toMatchObject({ ...B, proof: { seen: "handshake" } });
    // Qwilt did not return the text of the certificate that somebody linked since: the proof is of an earlier one.
    outputs.fingerprint = "";
    expect(linkIn()).not.toHaveProperty("fingerprint");
    expect(linkIn()).not.toHaveProperty("proof");
  });

  test("a demand that is a secret is not taken for none", () => {
    const state = JSON.parse(exported(demands({ minAgeMinutes: 90 })));
    const { inputs } = state.deployment.resources[1];
    inputs.requires.minAgeMinutes = { "4dabf18193072939515e22adb298388d": "1b47", ciphertext: "v1:c2VjcmV0" };
    const prod = readStack("prod", JSON.stringify(state));
    const { between, stacks } = promotionStatus([readStack("staging", exported({})), prod], NOW);
    expect(between[0]).toMatchObject({
      status: "blocked",
      todo: expect.stringContaining("`pulumi preview --stack prod`"),
    });
    expect(JSON.stringify(stacks)).not.toContain("c2VjcmV0");
  });

  test("stacks without a link are no mistake", () => {
    expect(run("status a=none.json")).toEqual({ code: 0, out: "No stack has a SiteCertificateLink.\n", error: "" });
    expect(run("status a=none.json b=good.json").out).toContain("no link");
  });

  test.each([
    ["", "status is missing"],
    ["start", 'there is no "start"'],
    ["status", "a STACK is missing"],
    ["status =x.json", '"=x.json" has no STACK'],
    ["status a=x.json", "x.json cannot be read: there is no such file"],
    ["status a=text.json", "text.json is not the output of `pulumi stack export`: it is not JSON"],
    ["status a=array.json", "array.json is not the output of `pulumi stack export`: it has no deployment"],
    ["status a", "the state of a cannot be read: no stack named 'a' found"],
    ["status a=good.json a=good.json", "a is given twice"],
    ["status a=good.json --now soon", '--now takes a time in ISO 8601, not "soon"'],
    ["status a=good.json --jsn", "Unknown option '--jsn'"],
  ])("%j is refused with exit code 2", (line, why) => {
    const { code, out, error } = run(line);
    expect([code, out]).toEqual([2, ""]);
    expect(error).toMatch(/^pulumi-qwilt promotion: /);
    expect(error).toContain(why);
  });
});
