/**
 * Two programs and one outsider change one site at the same time, in an order that a seed decides, on the virtual
 * clock. The result is judged from the calls and from the history of the edge.
 *
 * One thing no client can prevent, since Qwilt has no transactions: a publish that was decided on while something was
 * linked may arrive after another program has unlinked and before it has linked again. Such schedules are counted
 * (`gaps`) and must recover; a publish by somebody who could have seen that nothing was linked is a finding.
 */
import { type Emulator, startEmulator } from "../../../emulator/emulator.ts";
import type { QwiltApi } from "../../../provider/api/qwilt-api.ts";
import { certificateFacts } from "../../../provider/x509/facts.ts";
import { Api, field, newLeaf } from "../../contract/emulator-harness.ts";
import type { EdgeChange } from "../emulator/emulator-process.ts";
import { gateApi } from "../emulator/gate-api.ts";
import type { Properties } from "../engine/process-engine.ts";
import { type RuntimeProvider, startRuntime } from "../engine/runtime-provider.ts";
import { type Random, seededRandom } from "../random.ts";
import { createSchedule, type Schedule } from "./schedule.ts";

const HOST = "www.example.com";
/** Tells the runtime the kind of a resource. */
const LINK = { __provider: "SiteCertificateLink" };
const PUBLICATION = { __provider: "SitePublication" };
/** Long enough for every running publish to end. */
const DUST_SETTLES_MS = 60_000;

export interface Stage {
  play(seed: number): Promise<Played>;
  close(): Promise<void>;
}

export interface Played {
  /** Violations as text; empty if there are none. */
  readonly findings: readonly string[];
  /** Publishes between another program's unlink and link, which nobody could see. */
  readonly gaps: number;
  /** Publishes made needless by another one after the last observation of their caller. */
  readonly races: number;
  /** Each program's outcome: "done" or a code. */
  readonly outcomes: readonly string[];
  readonly trace: readonly string[];
}

interface Certificate {
  readonly certificateId: number;
  readonly fingerprint: string;
  readonly dnsNames: readonly string[];
  readonly notAfter: string;
}

interface Setting {
  readonly emulator: Emulator;
  readonly api: Api;
  readonly siteId: string;
  readonly revisions: readonly [string, string];
  /** Linked at first; wanted by the first program; by the second; by the outsider. */
  readonly certificates: readonly [Certificate, Certificate, Certificate, Certificate];
  readonly linkState: Properties;
  readonly publicationState: Properties;
  readonly snapshot: string;
}

export async function openStage(): Promise<Stage> {
  const emulator = await startEmulator({ now: "2026-03-01T00:00:00.000Z" });
  const setting = await prepare(emulator);
  return { play: (seed) => play(setting, seed), close: () => emulator.close() };
}

async function prepare(emulator: Emulator): Promise<Setting> {
  const api = new Api(emulator);
  const upload = async (): Promise<Certificate> => {
    const leaf = await newLeaf(HOST);
    const { fingerprint, dnsNames, notAfter } = certificateFacts(leaf.certificate);
    return { certificateId: Number(await api.newCertificate(leaf)), fingerprint, dnsNames, notAfter };
  };
  const certificates = [await upload(), await upload(), await upload(), await upload()] as const;
  const { siteId, revisionId, publishId } = await api.liveSite("live", [HOST], String(certificates[0].certificateId));
  const second = await api.newRevision(siteId, HOST);
  const clock = { now: () => emulator.clock.now(), sleep: async (ms: number) => emulator.clock.advance(ms) };
  const runtime = startRuntime({ api: emulator.api, apiKey: emulator.apiKey, clock, config: handshakes(emulator) });
  const { error, ok } = await runtime.create({ ...LINK, siteId, ...certificates[0], replaceExisting: true });
  if (ok === undefined) throw new Error(error?.details);
  await runtime.close();
  const snapshot = field(await api.control("POST", "/snapshot"), "id");
  return {
    emulator,
    api,
    siteId,
    revisions: [revisionId, second],
    certificates,
    linkState: ok.outs,
    publicationState: {
      ...PUBLICATION,
      siteId,
      revisionId,
      target: "ga",
      publishId,
      publishStatus: "Success",
      activatedAt: "",
    },
    snapshot,
  };
}

/** What no endpoint shows is checked at the edge. */
const handshakes = ({ edge }: Emulator) => ({ edgeProbe: "try", edgeAddress: edge });

interface Call {
  readonly actor: string;
  readonly call: string;
  readonly args: readonly unknown[];
  readonly ok: boolean;
  /** Linked when the call was carried out, before it changed anything. */
  readonly linked: number | null;
}

interface Program {
  readonly name: string;
  readonly wants: Certificate | "revision";
  readonly replaceExisting: boolean;
  readonly startedAt: number;
  readonly work: Promise<Outcome>;
}

interface Outcome {
  readonly said: string;
  readonly state: Properties;
  readonly endedAt: number;
}

async function play(setting: Setting, seed: number): Promise<Played> {
  const { emulator, api, certificates } = setting;
  await api.control("POST", "/restore", { id: setting.snapshot });
  const before = await edgeHistory(api);
  const random = seededRandom(seed);
  const schedule = createSchedule({
    random,
    now: () => emulator.clock.now(),
    advance: (ms) => emulator.clock.advance(ms),
    clockFirst: random.pick([0.05, 0.2, 0.5]),
  });
  const book = createBook(certificates[0].certificateId);
  const runtimes: RuntimeProvider[] = [];
  const runtime = (actor: string) => {
    const made = startRuntime({
      api: emulator.api,
      apiKey: emulator.apiKey,
      clock: schedule.clock(actor),
      config: handshakes(emulator),
      wrap: (plain) => book.gate(actor, plain, schedule),
    });
    runtimes.push(made);
    return made;
  };

  const second = random.pick(["link", "same", "revision"] as const);
  const together = random.chance(0.5);
  const programs = [
    start("one", certificates[1], random.chance(0.5), setting, runtime("one"), together),
    second === "revision"
      ? start("two", "revision", false, setting, runtime("two"))
      : start("two", certificates[second === "same" ? 1 : 2], random.chance(0.5), setting, runtime("two")),
  ];
  const outsider = interfere(setting, random, runtime("outsider").session.context().api);
  await schedule.run({ ...Object.fromEntries(programs.map(({ name, work }) => [name, work])), outsider });
  emulator.clock.advance(DUST_SETTLES_MS);
  const history = (await edgeHistory(api)).slice(before.length);
  const ended = await Promise.all(programs.map(async (program) => ({ program, outcome: await program.work })));
  const { findings, gaps, races } = judge({ ended, calls: book.calls, history, setting });
  findings.push(...(await heals(setting, ended)));
  await Promise.all(runtimes.map((made) => made.close()));
  const outcomes = ended.map(({ program, outcome }) => `${program.name} ${second}: ${outcome.said}`);
  return { findings, gaps, races, outcomes, trace: schedule.trace };
}

/** Records every call, with what was linked at that moment. */
function createBook(linkedAtFirst: number) {
  const calls: Call[] = [];
  let linked: number | null = linkedAtFirst;
  const gate = (actor: string, api: QwiltApi, schedule: Schedule) =>
    gateApi(api, (call, send, args) =>
      schedule.pass(actor, call, async () => {
        const before = linked;
        const note = (ok: boolean) => calls.push({ actor, call, args, ok, linked: before });
        try {
          const answer = await send();
          note(answer !== false);
          if (call === "siteCertificates.link") linked = Number(args[1]);
          if (call === "siteCertificates.unlink" && answer === true) linked = null;
          return answer;
        } catch (thrown) {
          note(false);
          throw thrown;
        }
      }),
    );
  return { calls, gate };
}

function linkInputs(setting: Setting, wants: Certificate, replaceExisting: boolean): Properties {
  return { ...LINK, siteId: setting.siteId, ...wants, replaceExisting };
}

function start(
  name: string,
  wants: Certificate | "revision",
  replaceExisting: boolean,
  setting: Setting,
  runtime: RuntimeProvider,
  /** A link that publishes the second revision together with its certificate. */
  together = false,
): Program {
  const { siteId, revisions, linkState, publicationState } = setting;
  const startedAt = setting.emulator.clock.now();
  const [id, olds, inputs] =
    wants === "revision"
      ? [`${siteId}:ga`, publicationState, { ...PUBLICATION, siteId, revisionId: revisions[1], target: "ga" }]
      : [
          siteId,
          linkState,
          { ...linkInputs(setting, wants, replaceExisting), ...(together ? { revisionId: revisions[1] } : {}) },
        ];
  const work = runtime.update(id, olds, { ...inputs, __urn: `urn:pulumi:${name}` }).then(({ error, ok }) => {
    const endedAt = setting.emulator.clock.now();
    if (ok !== undefined) return { said: "done", state: ok.outs, endedAt };
    const code = /\[(QWILT_\w+)\]/.exec(error?.details ?? "")?.[1];
    if (code === undefined || code === "QWILT_INTERNAL") throw new Error(error?.details);
    return { said: code, state: runtime.initFailed(error)?.properties ?? olds, endedAt };
  });
  return { name, wants, replaceExisting, startedAt, work };
}

/** Somebody at the console: publishes, cancels, links another certificate and publishes it. */
async function interfere({ siteId, revisions, certificates }: Setting, random: Random, api: QwiltApi): Promise<void> {
  const quietly = (work: Promise<unknown>) => work.catch(() => undefined);
  for (let left = random.below(4); left > 0; left--) {
    const deed = random.pick(["republish", "publish", "cancel", "relink"] as const);
    if (deed === "republish") await quietly(api.publishing.republish(siteId, "ga"));
    if (deed === "publish") await quietly(api.publishing.publish(siteId, { revisionId: revisions[0], target: "ga" }));
    if (deed === "cancel") {
      const running = (await api.publishing.list(siteId))?.find(({ publishStatus }) => publishStatus === "InProgress");
      if (running !== undefined) await quietly(api.publishing.cancel(siteId, running.publishId));
    }
    if (deed === "relink") {
      const linked = (await api.siteCertificates.list(siteId))?.[0]?.certificateId;
      if (linked !== undefined) await quietly(api.siteCertificates.unlink(siteId, linked));
      await quietly(api.siteCertificates.link(siteId, certificates[3].certificateId));
      await quietly(api.publishing.republish(siteId, "ga"));
    }
  }
}

interface Evidence {
  readonly ended: readonly { readonly program: Program; readonly outcome: Outcome }[];
  readonly calls: readonly Call[];
  readonly history: readonly EdgeChange[];
  readonly setting: Setting;
}

const isPublish = ({ call }: Call) => call === "publishing.republish" || call === "publishing.publish";

function judge({ ended, calls, history, setting }: Evidence) {
  const findings: string[] = [];
  const [first] = setting.certificates;
  for (const { program, outcome } of ended) {
    const { name, wants, replaceExisting } = program;
    const mine = calls.filter(({ actor }) => actor === name);
    if (wants === "revision") continue;
    const span = [program.startedAt, outcome.endedAt] as const;
    if (outcome.said === "done" && !wasServed(wants.fingerprint, first.fingerprint, history, span)) {
      findings.push(`${name} reports success, but its certificate was not served in its time`);
    }
    const own = [first.certificateId, wants.certificateId];
    const taken = mine.filter(
      ({ call, ok, args }) => ok && call === "siteCertificates.unlink" && !own.includes(Number(args[1])),
    );
    if (taken.length > 0 && !replaceExisting)
      findings.push(`${name} unlinked ${taken[0]?.args[1]}, which is not its own`);
  }
  const { needless, races } = needlessPublishes(calls);
  findings.push(...needless);
  const inGap = calls
    .map((call, index) => ({ call, index }))
    .filter(({ call }) => call.ok && isPublish(call) && call.linked === null);
  for (const { call, index } of inGap) {
    if (call.actor === "outsider") continue;
    const look = calls
      .slice(0, index)
      .findLast(({ actor, call: name }) => actor === call.actor && name.startsWith("siteCertificates."));
    const knew =
      look?.call === "siteCertificates.unlink" || (look?.call === "siteCertificates.list" && look.linked === null);
    if (knew) findings.push(`${call.actor} published while it knew that nothing was linked`);
  }
  if (inGap.length === 0 && history.some(({ certificateId }) => certificateId === null)) {
    findings.push("the edge served nothing, though nobody published while nothing was linked");
  }
  return { findings, gaps: inGap.length, races };
}

/**
 * A publish is needed if something was linked or canceled since the previous one, or if it has another revision. A
 * needless one is excused if the previous one was requested after its caller's last observation: both raced.
 */
function needlessPublishes(calls: readonly Call[]): { readonly needless: string[]; readonly races: number } {
  const needless: string[] = [];
  let races = 0;
  let changed = true;
  let before = -1;
  calls.forEach((call, index) => {
    if (!call.ok) return;
    if (call.call === "siteCertificates.link" || call.call === "publishing.cancel") changed = true;
    if (!isPublish(call)) return;
    if (call.call === "publishing.republish" && call.actor !== "outsider" && !changed) {
      const look = calls
        .slice(0, index)
        .findLastIndex((other) => other.actor === call.actor && other.call === "publishing.list");
      if (look > before) needless.push(`${call.actor} published what had been published already`);
      else races++;
    }
    changed = false;
    before = index;
  });
  return { needless, races };
}

function wasServed(
  wanted: string,
  first: string,
  history: readonly EdgeChange[],
  [from, to]: readonly [number, number],
): boolean {
  const changes = [{ at: new Date(0).toISOString(), fingerprint: first }, ...history];
  return changes.some(({ at, fingerprint }, index) => {
    const until = changes[index + 1]?.at;
    return fingerprint === wanted && Date.parse(at) <= to && (until === undefined || Date.parse(until) >= from);
  });
}

/** The next run of the first program, alone and allowed to replace other links, activates its certificate. */
async function heals(setting: Setting, ended: Evidence["ended"]): Promise<string[]> {
  const { emulator, api, siteId } = setting;
  const clock = { now: () => emulator.clock.now(), sleep: async (ms: number) => emulator.clock.advance(ms) };
  const one = ended[0];
  if (one === undefined || one.program.wants === "revision") return [];
  const runtime = startRuntime({ api: emulator.api, apiKey: emulator.apiKey, clock, config: handshakes(emulator) });
  try {
    const { wants } = one.program;
    // The first program always has a link.
    const { state } = one.outcome;
    const refreshed = await runtime.read(siteId, { ...state, ...LINK });
    if (refreshed.ok === undefined) return [`the next refresh fails: ${refreshed.error?.details}`];
    const known = refreshed.ok.id === "" ? { ...state, linkedCertificateId: null } : refreshed.ok.props;
    const inputs = linkInputs(setting, wants, true);
    const healed = await runtime.update(siteId, known, inputs);
    if (healed.ok === undefined) return [`the next run fails: ${healed.error?.details}`];
    const edge = (await api.control("GET", "/edge")).json as readonly EdgeChange[];
    const served = edge.map(({ fingerprint }) => fingerprint).join();
    if (served !== wants.fingerprint) return [`after the next run the edge serves ${served || "nothing"}`];
    const again = await runtime.diff(siteId, healed.ok.outs, inputs);
    return again.changes === NO_CHANGES ? [] : ["the run after the next one still has something to do"];
  } catch (thrown) {
    return [`the next run fails: ${thrown instanceof Error ? thrown.message : String(thrown)}`];
  } finally {
    await runtime.close();
  }
}

/** DiffResponse.DIFF_NONE. */
const NO_CHANGES = 1;

async function edgeHistory(api: Api): Promise<EdgeChange[]> {
  return (await api.control("GET", "/edge/history")).json as EdgeChange[];
}
