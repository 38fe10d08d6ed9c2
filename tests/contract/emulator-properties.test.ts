/**
 * Random sequences of API calls never bring the emulator into a state that violates its own rules. What the edge should
 * serve is computed here from the responses alone: the certificate that was linked when a publication was requested.
 *
 * EMULATOR_SEED=N repeats one seed; EMULATOR_RUNS=N sets the number of sequences (300 in npm test, 1,000 in campaigns).
 */
import { createHash, X509Certificate } from "node:crypto";
import http from "node:http";
import fc from "fast-check";
import { startEmulator } from "../../emulator/emulator.ts";
import type { Leaf } from "../support/x509/factory.ts";
import { type Answer, Api, hostIndex, newLeaf, send, uploadOf } from "./emulator-harness.ts";

const seed = Number(process.env.EMULATOR_SEED ?? Date.now() % 2 ** 31);
const runs = Number(process.env.EMULATOR_RUNS ?? Reflect.get(globalThis, "EMULATOR_RUNS") ?? 300);
const agent = new http.Agent({ keepAlive: true });

const targets = ["ga", "staging"] as const;
type Target = (typeof targets)[number];
const siteCount = 2;
const certificateCount = 3;
/** Served by both sites: it belongs to the site that was published last. */
const sharedHost = "shared.example.com";

type Step =
  | { readonly kind: "save" | "soft-delete" | "delete-site"; readonly site: number }
  | { readonly kind: "link" | "unlink"; readonly site: number; readonly certificate: number }
  | { readonly kind: "publish" | "republish" | "un-publish" | "cancel"; readonly site: number; readonly target: Target }
  | { readonly kind: "replace-material" | "delete-certificate"; readonly certificate: number }
  | { readonly kind: "fault"; readonly publish: string }
  | { readonly kind: "advance"; readonly ms: number };

const site = fc.nat(siteCount - 1);
const certificate = fc.nat(certificateCount - 1);
const target = fc.constantFrom(...targets);
const act = <Kind extends string>(...kinds: Kind[]) => fc.constantFrom(...kinds);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.record({ kind: act("save"), site }) },
  { weight: 5, arbitrary: fc.record({ kind: act("link", "unlink"), site, certificate }) },
  {
    weight: 8,
    arbitrary: fc.record({ kind: act("publish", "publish", "republish", "un-publish", "cancel"), site, target }),
  },
  { weight: 6, arbitrary: fc.record({ kind: act("advance"), ms: fc.constantFrom(1, 75, 100, 225, 300, 1000) }) },
  { weight: 1, arbitrary: fc.record({ kind: act("replace-material", "delete-certificate"), certificate }) },
  { weight: 1, arbitrary: fc.record({ kind: act("soft-delete", "delete-site"), site }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: act("fault"),
      publish: fc.constantFrom("invalid", "dismissed", "aborted", "failed", "stuck"),
    }),
  },
);

interface Operation {
  readonly publishId: string;
  readonly revisionId: string;
  readonly target: Target;
  readonly operationType: string;
  readonly publishStatus: string;
  readonly publishAcceptanceStatus: string;
  readonly isActive: boolean;
  readonly lastUpdateTimeMilli: number;
}

/** Allowed pairs of the two status fields (docs/qwilt-api.md 5.2). */
const pairs = new Set([
  "Pending InProgress",
  "Invalid Failed",
  "Accepted InProgress",
  "Accepted Success",
  "Accepted Failed",
  "Dismissed Failed",
  "Aborted Aborted",
]);

/** One sequence against an emulator that was reset, and what a caller can know of its state. */
class Run {
  private readonly api: Api;
  private readonly leaves: readonly Leaf[];
  private readonly sites: string[] = [];
  private readonly certificates: string[] = [];
  private readonly fingerprints = new Map<string, string>();
  private readonly hosts = new Map<string, readonly string[]>();
  /** Fingerprint of the material that was linked when the operation was requested. */
  private readonly taken = new Map<string, string | null>();
  private uploads = 0;

  constructor(api: Api, leaves: readonly Leaf[]) {
    this.api = api;
    this.leaves = leaves;
  }

  async prepare(): Promise<void> {
    await this.api.control("POST", "/reset");
    for (let index = 0; index < certificateCount; index++) {
      const answer = await this.call("POST", "/api/v2/certificates", this.nextUpload());
      this.certificates.push(this.learn(answer));
    }
    for (let index = 0; index < siteCount; index++) {
      const { siteId } = parse<{ siteId: string }>(
        await this.call("POST", "/api/v2/sites", { siteName: `site ${index}` }),
      );
      this.sites.push(siteId);
      await this.save(index);
    }
  }

  async take(step: Step): Promise<void> {
    switch (step.kind) {
      case "save":
        return this.save(step.site);
      case "link":
        return this.link(step.site, step.certificate);
      case "unlink":
        await this.call("DELETE", `${this.path(step.site)}/certificates/${this.certificates[step.certificate]}`);
        return;
      case "publish":
      case "republish":
      case "un-publish":
        return this.start(step.kind, step.site, step.target);
      case "cancel": {
        const running = (await this.operations(step.site)).find(
          (one) => one.target === step.target && one.publishStatus === "InProgress",
        );
        if (running)
          await this.call("POST", `${this.path(step.site)}/publishing-operations/${running.publishId}/actions/cancel`);
        return;
      }
      case "replace-material": {
        const path = `/api/v2/certificates/${this.certificates[step.certificate]}`;
        const answer = await this.call("PUT", path, this.nextUpload());
        if (answer.status === 200) this.learn(answer);
        return;
      }
      case "delete-certificate":
        await this.call("DELETE", `/api/v2/certificates/${this.certificates[step.certificate]}`);
        return;
      case "soft-delete":
        await this.call("DELETE", this.path(step.site));
        return;
      case "delete-site":
        await this.call("DELETE", `${this.path(step.site)}?permanent=true`);
        return;
      case "fault":
        await this.api.control("POST", "/faults", { effect: { publish: step.publish } });
        return;
      case "advance":
        this.api.emulator.clock.advance(step.ms);
        return;
    }
  }

  /** @throws if a rule is violated */
  async check(): Promise<void> {
    const active: { operation: Operation; taken: string | null }[] = [];
    for (let index = 0; index < siteCount; index++) {
      const links = await this.call("GET", `${this.path(index)}/certificates`);
      if (links.status === 404) continue;
      expect(parse<unknown[]>(links).length).toBeLessThanOrEqual(1);
      const operations = await this.operations(index);
      for (const one of operations) {
        expect(pairs).toContain(`${one.publishAcceptanceStatus} ${one.publishStatus}`);
        if (one.isActive) expect(one.publishStatus).toBe("Success");
      }
      for (const target of targets) {
        const live = operations.filter((one) => one.isActive && one.target === target);
        expect(live.length).toBeLessThanOrEqual(1);
        for (const operation of live) {
          if (operation.operationType === "Publish")
            active.push({ operation, taken: this.taken.get(operation.publishId) ?? null });
        }
      }
    }
    await this.checkEdge(active);
  }

  private async checkEdge(active: readonly { operation: Operation; taken: string | null }[]): Promise<void> {
    /** By target and host: what may be served there. Two operations in the same millisecond leave two possibilities. */
    const expected = new Map<string, { at: number; fingerprints: (string | null)[] }>();
    for (const { operation, taken } of active) {
      for (const host of this.hosts.get(operation.revisionId) ?? []) {
        const name = `${operation.target} ${host}`;
        const at = operation.lastUpdateTimeMilli;
        const known = expected.get(name);
        if (known === undefined || known.at < at) expected.set(name, { at, fingerprints: [taken] });
        else if (known.at === at) known.fingerprints.push(taken);
      }
    }
    const rows = parse<{ host: string; target: string; fingerprint: string }[]>(await this.api.control("GET", "/edge"));
    const served = new Map(rows.map((row) => [`${row.target} ${row.host}`, row.fingerprint]));
    for (const [name, { fingerprints }] of expected) expect(fingerprints).toContain(served.get(name) ?? null);
    for (const name of served.keys()) expect([...expected.keys()]).toContain(name);

    const history = parse<{ host: string; target: string; fingerprint: string | null }[]>(
      await this.api.control("GET", "/edge/history"),
    );
    const last = new Map(history.map((row) => [`${row.target} ${row.host}`, row.fingerprint]));
    for (const [name, fingerprint] of last) expect(served.get(name) ?? null).toBe(fingerprint);
    for (const [name, fingerprint] of served) expect(last.get(name)).toBe(fingerprint);
  }

  private async save(index: number): Promise<void> {
    const hosts = [`www.site${index}.example.com`, sharedHost];
    const body = { hostIndex: { metadata: [traffic], ...hostIndex(...hosts) }, changeDescription: "" };
    const answer = await this.call("POST", `/api/1/sites/${this.sites[index]}/configurations`, body);
    if (answer.status === 201) this.hosts.set(parse<Operation>(answer).revisionId, hosts);
  }

  private async link(site: number, certificate: number): Promise<void> {
    const path = `${this.path(site)}/certificates`;
    const before = await this.call("GET", path);
    const answer = await this.call("POST", path, { certificateId: this.certificates[certificate] });
    if (before.status === 200 && parse<unknown[]>(before).length === 1) expect([404, 409]).toContain(answer.status);
  }

  private async start(kind: "publish" | "republish" | "un-publish", index: number, target: Target): Promise<void> {
    const links = await this.call("GET", `${this.path(index)}/certificates`);
    if (links.status !== 200) return;
    const linked = parse<{ certificateId: string }[]>(links)[0]?.certificateId;
    const operations = `${this.path(index)}/publishing-operations`;
    const revisions = await this.call("GET", `/api/1/sites/${this.sites[index]}/configurations?truncateHostIndex=true`);
    const revisionId = parse<{ revisionId: string }[]>(revisions).at(-1)?.revisionId;
    const answer =
      kind === "publish"
        ? await this.call("POST", operations, { revisionId, target })
        : await this.call("POST", `${operations}/actions/${kind}`, { target });
    if (answer.status > 201) return;
    const fingerprint = linked === undefined ? null : (this.fingerprints.get(linked) ?? null);
    this.taken.set(parse<Operation>(answer).publishId, fingerprint);
  }

  private async operations(index: number): Promise<readonly Operation[]> {
    const answer = await this.call("GET", `${this.path(index)}/publishing-operations`);
    return answer.status === 200 ? parse<Operation[]>(answer) : [];
  }

  private nextUpload(): object {
    const leaf = this.leaves[this.uploads++ % this.leaves.length];
    if (leaf === undefined) throw new Error("no certificates");
    return uploadOf(leaf);
  }

  /** Records which material an id has. @returns the id */
  private learn(answer: Answer): string {
    const { certId, certificate } = parse<{ certId: number; certificate: string }>(answer);
    const pem = Buffer.from(certificate, "base64").toString();
    this.fingerprints.set(String(certId), fingerprintOf(pem));
    return String(certId);
  }

  private path(index: number): string {
    return `/api/v2/sites/${this.sites[index]}`;
  }

  private async call(method: string, target: string, body?: unknown): Promise<Answer> {
    const { api, apiKey } = this.api.emulator;
    const answer = await send(api, { method, target, body, agent, headers: { "x-api-key": apiKey } });
    expect(answer.status).toBeLessThan(500);
    return answer;
  }
}

const traffic = { "generic-metadata-type": "MI.TrafficType", "generic-metadata-value": { "traffic-type": "vod" } };

/** The responses are the emulator's own: other tests check their shape. */
function parse<Shape>(answer: Answer): Shape {
  return JSON.parse(answer.text) as Shape;
}

const known = new Map<string, string>();
function fingerprintOf(pem: string): string {
  const found = known.get(pem) ?? createFingerprint(pem);
  known.set(pem, found);
  return found;
}
function createFingerprint(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}

describe.each([{ strict: false }, { strict: true }])("with $strict for strict", ({ strict }) => {
  let api: Api;
  let leaves: Leaf[];

  beforeAll(async () => {
    process.stderr.write(`emulator-properties: EMULATOR_SEED=${seed} EMULATOR_RUNS=${runs}\n`);
    api = new Api(await startEmulator({ now: "2026-03-01T00:00:00.000Z", strict }));
    leaves = [];
    for (let index = 0; index < 6; index++)
      leaves.push(await newLeaf(sharedHost, "*.site0.example.com", "*.site1.example.com"));
  });
  afterAll(async () => {
    agent.destroy();
    await api.emulator.close();
  });

  test("random sequences keep one link per site, one active operation per target, and the edge as published", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 24 }), async (steps) => {
        const run = new Run(api, leaves);
        await run.prepare();
        for (const one of steps) {
          await run.take(one);
          if (one.kind === "advance" || one.kind === "cancel") await run.check();
        }
        api.emulator.clock.advance(10_000);
        await run.check();
      }),
      { seed, numRuns: Math.ceil(runs / 2) },
    );
  }, 300_000);

  test("the same sequence gives the same ledger", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 16 }), async (steps) => {
        const ledgers: string[] = [];
        for (const _time of [1, 2]) {
          const run = new Run(api, leaves);
          await run.prepare();
          for (const one of steps) await run.take(one);
          ledgers.push((await api.control("GET", "/ledger")).text);
        }
        expect(ledgers[0]).toBe(ledgers[1]);
      }),
      { seed, numRuns: Math.ceil(runs / 40) },
    );
  }, 300_000);
});
