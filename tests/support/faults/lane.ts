/** An emulator on which a sequence of runs is affected by faults, and judged. */
import { join } from "node:path";
import { systemClock } from "../../../provider/core/clock.ts";
import { providerText } from "../../../provider/engine/dynamic/provider-text.ts";
import { type EmulatorProcess, type LedgerRow, startEmulatorProcess } from "../emulator/emulator-process.ts";
import { countRequests, requestName } from "../emulator/gate.ts";
import { ROOT, startDynamicProcess } from "../engine/dynamic-process.ts";
import {
  type EngineProvider,
  NOTHING,
  type Played,
  type Properties,
  play,
  refresh,
  type SavedState,
} from "../engine/process-engine.ts";
import { until } from "../engine/running-cli.ts";
import { startRuntime } from "../engine/runtime-provider.ts";
import { describeViolations, judgeHistory } from "../history/checker.ts";
import { destroyed, type Flow } from "./flows.ts";
import { differences, errorProblems, facts } from "./judge.ts";
import type { Call, Fault, Hit } from "./kinds.ts";

export interface Outcome {
  /** Error of the affected run; undefined: it succeeded anyway. */
  readonly error: string | undefined;
  readonly code: string | undefined;
  /** Number of runs it took afterwards. */
  readonly runsAfter: number;
  /** What is wrong. */
  readonly problems: readonly string[];
  readonly words: readonly string[];
}

export type Start = (emulator: EmulatorProcess, fault: Fault | undefined) => Promise<EngineProvider>;

interface Where {
  readonly emulator: EmulatorProcess;
  readonly start: Start;
}

export interface Lane {
  /** Calls of the undisturbed run, in order; of the polls of a publish only the first. */
  calls(flow: Flow): Promise<readonly Call[]>;
  hit(flow: Flow, hit: Hit): Promise<Outcome>;
  close(): Promise<void>;
}

/** Nothing here takes that long; an endless wait soon becomes an error. */
const PATIENCE_MS = 20_000;
/** Back-off as shipped, fifty times as fast. */
const PAUSE_FACTOR = 0.02;
const MOST_RUNS_AFTER = 2;
/** Sent repeatedly while a run waits for a certificate. */
const SIGNING_LOOKS = ["GET /api/v2/certificate-templates/{}", "GET /api/v2/certificate-signing-requests/{}"];

export interface Lanes {
  calls(flow: Flow): Promise<readonly Call[]>;
  /** One after the other on each lane. */
  share<T>(all: readonly T[], work: (one: T, lane: Lane) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

/** Most of a case is waiting, so several run in parallel. */
const LANES = 6;

export async function startLanes(start: Start): Promise<Lanes> {
  const lanes = await Promise.all(Array.from({ length: LANES }, () => startLane(start)));
  return {
    calls: async (flow) => (await lanes[0]?.calls(flow)) ?? [],
    async share(all, work) {
      const left = all.values();
      await Promise.all(
        lanes.map(async (lane) => {
          for (const one of left) await work(one, lane);
        }),
      );
    },
    close: async () => void (await Promise.all(lanes.map((lane) => lane.close()))),
  };
}

export async function startLane(start: Start): Promise<Lane> {
  const emulator = await startEmulatorProcess(["--publish-ms", "60", "--issue-ms", "200"]);
  const where = { emulator, start };
  const prepared = new Map<Flow, Promise<Prepared>>();
  const prepareOnce = (flow: Flow) => {
    const known = prepared.get(flow) ?? prepare(flow, where);
    prepared.set(flow, known);
    return known;
  };
  return {
    calls: async (flow) => (await prepareOnce(flow)).calls,
    async hit(flow, hit) {
      const { snapshot, state } = await prepareOnce(flow);
      await rewind(emulator, snapshot);
      return disturbed({ flow, hit, state, where });
    },
    async close() {
      emulator.history.restart();
      await emulator.close();
    },
  };
}

interface Prepared {
  readonly snapshot: string;
  readonly state: SavedState;
  readonly calls: readonly Call[];
}

async function prepare(flow: Flow, where: Where): Promise<Prepared> {
  const { emulator } = where;
  emulator.history.restart();
  await emulator.ask("POST", "/reset");
  let state = NOTHING;
  for (const [index, program] of flow.before.entries()) {
    const spoiledBy = index === flow.before.length - 1 ? flow.spoiledBy : undefined;
    state = (await mustRun({ ...flow, program }, state, where, spoiledBy)).state;
  }
  const { id } = (await emulator.ask("POST", "/snapshot")) as { id: string };
  const since = await emulator.mark();
  await mustRun(flow, state, where);
  const rows = await emulator.ledger(since);
  const count = countRequests();
  const calls = rows
    .flatMap(({ method, path }) => count(method, path) ?? [])
    .filter(({ name, nth }) => flow.waits !== true || nth === 1 || !SIGNING_LOOKS.includes(name));
  return { snapshot: id, state, calls };
}

async function mustRun(flow: Flow, state: SavedState, where: Where, spoiledBy?: object): Promise<Played> {
  if (spoiledBy !== undefined) await where.emulator.fault({ match: {}, effect: spoiledBy });
  const played = await run(flow, state, where, undefined);
  await where.emulator.ask("DELETE", "/faults");
  if (played.error !== undefined && spoiledBy === undefined)
    throw new Error(`${flow.name} fails without any fault: ${played.error}`);
  if (played.error === undefined && spoiledBy !== undefined)
    throw new Error(`${flow.name} goes well though it was spoiled`);
  return played;
}

async function rewind(emulator: EmulatorProcess, id: string): Promise<void> {
  emulator.history.restart();
  await emulator.ask("POST", "/restore", { id });
  await emulator.ask("DELETE", "/faults");
}

/** Each run has its own provider, as each CLI run has its own process. */
async function run(flow: Flow, state: SavedState, lane: Where, fault: Fault | undefined): Promise<Played> {
  const provider = await lane.start(lane.emulator, fault);
  try {
    const reached = (kind: string, outputs: Properties) => makeRecords(kind, outputs, lane.emulator);
    const options = { provider, textOf: providerText, reached };
    return flow.program === undefined ? await refresh(options, state) : await play(options, flow.program, state);
  } finally {
    await provider.close();
  }
}

/** What a program's DNS package does with the outputs of a template; the control port leaves no trace in the ledger. */
async function makeRecords(kind: string, { delegationRecords }: Properties, emulator: EmulatorProcess): Promise<void> {
  if (kind !== "CertificateTemplate" || !Array.isArray(delegationRecords)) return;
  for (const { fromDomain, toDomain } of delegationRecords as { fromDomain: string; toDomain: string }[]) {
    await emulator.ask("PUT", `/dns/${fromDomain}`, { type: "CNAME", value: toDomain, ttl: 300 });
  }
}

function settings(
  { username, password, organization, dns }: EmulatorProcess,
  apiKey: string,
  fault: Fault | undefined,
) {
  const { login, requestTimeoutMs, publishTimeoutMs } = fault ?? {};
  return {
    edgeProbe: "off",
    dnsServer: dns,
    ...(login ? { username, password, organization } : { apiKey }),
    ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs: String(requestTimeoutMs) }),
    publishTimeoutMs: String(publishTimeoutMs ?? PATIENCE_MS),
  };
}

/** Pulumi's real provider process: seconds per run. */
export const inProcess: Start = async (emulator, fault) => {
  const all = { endpoint: emulator.api, ...settings(emulator, emulator.apiKey, fault) };
  const config = Object.fromEntries(Object.entries(all).map(([key, value]) => [`qwilt:${key}`, value]));
  const cache = join(ROOT, ".work/compile-cache");
  const env = { QWILT_INTERNAL_PAUSE_FACTOR: String(PAUSE_FACTOR), NODE_COMPILE_CACHE: cache };
  return startDynamicProcess({ text: providerText("Site"), config, env });
};

/** The same runtime without the process: milliseconds per run. */
export const inRuntime: Start = async (emulator, fault) => {
  const { sleep, now } = systemClock;
  const clock = { now, sleep: (ms: number, signal?: AbortSignal) => sleep(ms * PAUSE_FACTOR, signal) };
  const config = settings(emulator, emulator.apiKey, fault);
  const kindOf = (text: unknown) => /'(\w+)'\)$/.exec(String(text))?.[1] ?? "";
  return startRuntime({ api: emulator.api, apiKey: fault?.login ? "" : emulator.apiKey, clock, config }, kindOf);
};

interface Disturbed {
  readonly flow: Flow;
  readonly hit: Hit;
  readonly state: SavedState;
  readonly where: Where;
}

async function disturbed({ flow, hit, state, where }: Disturbed): Promise<Outcome> {
  const { emulator } = where;
  const problems: string[] = [];
  const since = await emulator.mark();
  const startedAt = new Date().toISOString();
  const [method = "", path = ""] = hit.call.name.split(" ");
  const times = hit.times === "once" ? 1 : 10_000;
  const match = { method, route: path.replaceAll("{}", "*"), nth: hit.call.nth, times };
  await emulator.fault({ match, effect: hit.fault.effect });
  const first = await run(flow, state, where, hit.fault);
  const [fault] = (await emulator.ask("GET", "/faults")) as { hits: number }[];
  await emulator.ask("DELETE", "/faults");
  // Avoids a wait of a quarter of an hour here too.
  const { name, effect, publishTimeoutMs } = hit.fault;
  const patience: Fault = { name, effect, ...(publishTimeoutMs === undefined ? {} : { publishTimeoutMs }) };
  let last = first;
  let runsAfter = 0;
  const next = first.error === undefined ? flow : nextFlow(flow, hit);
  if (first.error !== undefined && hit.afterwards === "refresh and run again") {
    last = await run({ ...flow, program: undefined }, first.state, where, patience);
    if (last.error !== undefined) problems.push(`refresh after the error fails: ${last.error}`);
  }
  for (
    let failed = first.error !== undefined;
    failed && runsAfter < MOST_RUNS_AFTER;
    failed = last.error !== undefined
  ) {
    last = await run(next, last.state, where, patience);
    runsAfter++;
  }
  // A delayed request is carried out late: it belongs to this case, not to the next one.
  if (fault !== undefined && fault.hits > 0) await faultedRows(emulator, since, fault.hits);
  const rows = await emulator.ledger(since);
  if (fault === undefined || fault.hits === 0) problems.push("the fault hit nothing");
  if (last.error !== undefined) problems.push(`not well after ${runsAfter} more runs: ${last.error}`);
  problems.push(...errorProblems(first.error));
  if (last.error === undefined)
    problems.push(...(await differences({ flow: next, state: last.state, error: first.error }, emulator)));
  const history = { ledger: await emulator.ledger(), edge: await emulator.edgeHistory() };
  const violations = judgeHistory(history, await facts({ flow: next, last, since, startedAt }, emulator));
  if (violations.length > 0) problems.push(describeViolations(violations));
  return {
    error: first.error,
    code: first.error === undefined ? undefined : (/\[(QWILT_\w+)\]/.exec(first.error)?.[1] ?? "no code"),
    runsAfter,
    problems,
    words: rows.map(inShort),
  };
}

function nextFlow(flow: Flow, { afterwards }: Hit): Flow {
  return afterwards !== "destroy" || flow.program === undefined ? flow : destroyed(flow);
}

async function faultedRows(emulator: EmulatorProcess, since: number, count: number): Promise<void> {
  const arrived = async () => (await emulator.ledger(since)).filter((row) => row.fault !== undefined).length >= count;
  await until(`the ledger has ${count} rows with a fault`, arrived, 30_000);
}

function inShort(row: LedgerRow): string {
  return `${requestName(row.method, row.path)} ${row.status}${row.fault === undefined ? "" : " (fault)"}`;
}
