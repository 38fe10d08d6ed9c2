/**
 * Kills a run at one moment of one request, does what a user would do, and checks that the result is the same as
 * without the kill. The points are those of an undisturbed run, read from the emulator's ledger.
 */
import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../emulator/emulator-process.ts";
import { countRequests, type Gate, type Moment, type Point, startGate } from "../emulator/gate.ts";
import { ROOT } from "../engine/dynamic-process.ts";
import { kill, processesBelow } from "../engine/process-tree.ts";
import { startCli } from "../engine/running-cli.ts";
import { createStack, type Run, type Stack } from "../engine/stack.ts";
import { stateFiles } from "../engine/stack-state.ts";

/** What is killed: the provider's process, or the CLI and its child processes. */
export type Victim = "provider" | "cli";

export interface Scenario {
  readonly name: string;
  /** Programs that are applied before, in order. */
  readonly before: readonly string[];
  /** Program of the run that is killed; undefined: destroy. */
  readonly program: string | undefined;
  /** What must be true afterwards. */
  readonly expected: Expected;
}

export interface Expected {
  /** Fingerprints at the edge; "newest": of the newest certificate issued from the template. */
  readonly served: readonly string[] | "newest";
  readonly sites: number;
  /** At most. */
  readonly certificates: number;
  /**
   * At most, if the stack is destroyed after a killed upload: 0 unless the program gives a description
   * (docs/decisions/0002).
   */
  readonly abandoned: number;
  /** Exactly; with the same number of signing requests. */
  readonly templates?: number;
}

export interface Prepared {
  readonly points: readonly Point[];
  /** @returns what was wrong; empty if nothing was */
  crash(point: Point, victim: Victim): Promise<Outcome>;
  close(): Promise<void>;
}

export interface Outcome {
  readonly problems: readonly string[];
  readonly runs: number;
  readonly reached: boolean;
  readonly log: string;
}

const MOMENTS: readonly Moment[] = ["before", "done", "answered"];
/** After the killed run. */
const MOST_RUNS = 2;
const UP = ["up", "--yes", "--skip-preview"];
const UPLOAD = "POST /api/v2/certificates";
const DESTROY = ["destroy", "--yes", "--skip-preview"];

export async function prepare(scenario: Scenario): Promise<Prepared> {
  const emulator = await startEmulatorProcess(["--publish-ms", "80", "--issue-ms", "1"]);
  const gate = await startGate(emulator.api);
  const stack = await createStack(emulator);
  stack.env.QWILT_ENDPOINT = gate.url;
  stack.env.EMULATOR_CONTROL = emulator.control;
  // Hundreds of runs: Node need not compile the same files again.
  stack.env.NODE_COMPILE_CACHE = join(ROOT, ".work/compile-cache");
  const state = join(stack.folder, "state");
  const kept = join(stack.folder, "kept-state");
  for (const program of scenario.before) {
    stack.write(program);
    await stack.up();
  }
  cpSync(state, kept, { recursive: true });
  const { id } = (await emulator.ask("POST", "/snapshot")) as { id: string };
  const rewind = async () => {
    gate.open();
    emulator.history.restart();
    await emulator.ask("POST", "/restore", { id });
    rmSync(state, { recursive: true, force: true });
    cpSync(kept, state, { recursive: true });
  };
  if (scenario.program !== undefined) stack.write(scenario.program);
  const args = scenario.program === undefined ? DESTROY : UP;
  const since = await emulator.mark();
  const undisturbed = await stack.pulumi(args);
  if (undisturbed.code !== 0) throw new Error(`${scenario.name} fails without any crash:\n${undisturbed.all}`);
  const points = pointsOf((await emulator.ledger(since)).map(({ method, path }) => ({ method, path })));
  return {
    points,
    async crash(point, victim) {
      await rewind();
      return crashAt({ point, victim, args, scenario, emulator, gate, stack });
    },
    async close() {
      emulator.history.restart();
      stack.close();
      await gate.close();
      await emulator.close();
    },
  };
}

function pointsOf(rows: readonly { readonly method: string; readonly path: string }[]): readonly Point[] {
  const count = countRequests();
  return rows.flatMap(({ method, path }) => {
    const found = count(method, path);
    return found === undefined ? [] : MOMENTS.map((moment) => ({ ...found, moment }));
  });
}

interface Crash {
  readonly point: Point;
  readonly victim: Victim;
  readonly args: readonly string[];
  readonly scenario: Scenario;
  readonly emulator: EmulatorProcess;
  readonly gate: Gate;
  readonly stack: Stack;
}

async function crashAt(crash: Crash): Promise<Outcome> {
  const { point, victim, args, emulator, gate, stack } = crash;
  const log: string[] = [];
  const note = await emulator.history.begin(stack.folder, args);
  const cli = startCli(stack, args);
  const watched = gate.watch(point, () => killVictim(victim, cli.child.pid));
  const killed = await cli.ended;
  gate.open();
  await note(killed);
  log.push(`--- killed run (${killed.code ?? killed.signal})\n${killed.all}`);
  if (!watched.reached())
    return { problems: ["the point was not reached"], runs: 0, reached: false, log: log.join("\n") };

  let run: Run | undefined;
  let runs = 0;
  while (run?.code !== 0 && runs < MOST_RUNS) {
    run = await asAUser(stack, args, log);
    runs++;
  }
  const problems = run?.code === 0 ? await differences(crash, log) : [`not well after ${runs} runs`];
  return { problems, runs, reached: true, log: log.join("\n") };
}

function killVictim(victim: Victim, cli: number | undefined): void {
  if (cli === undefined) return;
  const below = processesBelow(cli);
  const provider = below.filter(({ command }) => command.includes("@pulumi/pulumi/cmd/dynamic-provider"));
  if (victim === "cli") kill(cli);
  for (const { pid } of victim === "cli" ? below : provider) kill(pid);
}

/**
 * Runs again, and does what the engine asks for: `pulumi cancel` for the lock of a killed CLI. If the kill truncated
 * the attributes of the state file, they are deleted (docs/limits.md).
 */
export async function asAUser(stack: Stack, args: readonly string[], log: string[]): Promise<Run> {
  const said = async (command: readonly string[]) => {
    const run = await stack.pulumi(command);
    log.push(`--- pulumi ${command.join(" ")} (${run.code})\n${run.all}`);
    return run;
  };
  let run = await said(args);
  for (let remedies = 0; run.code !== 0 && remedies < 2; remedies++) {
    if (run.all.includes("failed to load checkpoint: EOF")) dropAttributes(stack);
    else if (/currently locked[\s\S]*pulumi cancel/.test(run.all)) await said(["cancel", "--yes"]);
    else return run;
    run = await said(args);
  }
  return run;
}

/**
 * The file backend replaces the state atomically, but first overwrites the attributes file in place; without attributes
 * it reads the state as it is.
 */
function dropAttributes({ folder }: Stack): void {
  for (const file of stateFiles(folder)) rmSync(`${file}.attrs`, { force: true });
}

async function differences({ point, scenario, emulator, stack }: Crash, log: string[]): Promise<string[]> {
  const problems = await notAsExpected(scenario.expected, emulator);
  // A read changes nothing, so the changes before and after it already cover what follows it.
  if (scenario.program !== undefined && !point.name.startsWith("GET ")) {
    const preview = await stack.pulumi(["preview", "--expect-no-changes"]);
    log.push(`--- preview (${preview.code})\n${preview.all}`);
    if (preview.code !== 0) problems.push("the next preview is not empty");
  }
  await emulator.history.check().catch((thrown: unknown) => problems.push(String(thrown)));
  if (scenario.program !== undefined && point.name === UPLOAD) {
    const destroyed = await stack.pulumi(DESTROY);
    log.push(`--- destroy (${destroyed.code})\n${destroyed.all}`);
    const { length } = (await emulator.call("GET", "/api/v2/certificates")).body as readonly unknown[];
    if (length > scenario.expected.abandoned) problems.push(`${length} certificates stay when the stack is destroyed`);
  }
  return problems;
}

async function notAsExpected(expected: Expected, emulator: EmulatorProcess): Promise<string[]> {
  const problems: string[] = [];
  const list = async (path: string) => (await emulator.call("GET", path)).body as readonly Listed[];
  const templates = await list("/api/v2/certificate-templates");
  const certificates = await list("/api/v2/certificates");
  const sites = await list("/api/v2/sites");
  const requests = await list("/api/v2/certificate-signing-requests");

  const edge = await emulator.edgeNow();
  const newest = expected.served === "newest";
  const served = distinct(edge.map((one) => (newest ? one.certificateId : one.fingerprint)));
  const wanted = newest ? distinct(templates.map((one) => one.lastCertificateId)) : distinct(expected.served);
  if (served !== wanted) problems.push(`served is ${served || "nothing"}, wanted ${wanted || "nothing"}`);

  if (sites.length !== expected.sites) problems.push(`there are ${sites.length} sites, not ${expected.sites}`);
  if (certificates.length > expected.certificates)
    problems.push(`there are ${certificates.length} certificates, not ${expected.certificates}`);
  const made = expected.templates ?? 0;
  if (templates.length !== made) problems.push(`there are ${templates.length} templates, not ${made}`);
  if (requests.length !== made) problems.push(`there are ${requests.length} signing requests, not ${made}`);
  return problems;
}

interface Listed {
  readonly lastCertificateId?: number | null;
}

const distinct = (all: readonly unknown[]) => [...new Set(all)].join();
