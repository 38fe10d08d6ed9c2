/** Kills every scenario at its points, one after the other, and prints how many were covered. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Point } from "../emulator/gate.ts";
import { ROOT } from "../engine/dynamic-process.ts";
import { corporateCa, managedProgram, selfManagedProgram } from "../programs/signing-programs.ts";
import { siteProgram } from "../programs/site-program.ts";
import { materials } from "../x509/materials.ts";
import { type Outcome, prepare, type Scenario, type Victim } from "./crash-points.ts";

/** Programs around one live site, one of them with a description of the certificate. */
export async function crashScenarios(): Promise<readonly Scenario[]> {
  const [a, b] = await materials(2);
  if (a === undefined || b === undefined) throw new Error("two certificates were asked for");
  const live = siteProgram({ material: a, description: false });
  const described = siteProgram({ material: a });
  const moved = siteProgram({ material: b, origin: "new.example.com" });
  const one = { sites: 1, certificates: 1, abandoned: 0 };
  const nothing = { served: [], sites: 0, certificates: 0, abandoned: 0 };
  return [
    { name: "create", before: [], program: live, expected: { ...one, served: [a.fingerprint] } },
    {
      name: "rotate",
      before: [live],
      program: siteProgram({ material: b, description: false }),
      expected: { ...one, served: [b.fingerprint] },
    },
    {
      name: "reconfigure and rotate",
      before: [described],
      program: moved,
      expected: { ...one, certificates: 2, abandoned: 1, served: [b.fingerprint] },
    },
    { name: "delete", before: [live], program: undefined, expected: nothing },
  ];
}

/**
 * Programs whose certificate comes from a template. Nothing is created twice: as many templates and requests as
 * declared.
 */
export async function signingScenarios(): Promise<readonly Scenario[]> {
  const ca = corporateCa();
  const managed = managedProgram("issuance");
  const live = { served: "newest", sites: 1, certificates: 1, abandoned: 0, templates: 1 } as const;
  const first = selfManagedProgram(ca, "1");
  const nothing = { served: [], sites: 0, abandoned: 0, templates: 0 };
  return [
    { name: "managed create", before: [], program: managed, expected: live },
    { name: "managed create, linked by template", before: [], program: managedProgram("template"), expected: live },
    // Certificates issued by Qwilt stay in its pool.
    { name: "managed delete", before: [managed], program: undefined, expected: { ...nothing, certificates: 1 } },
    { name: "self-managed create", before: [], program: first, expected: live },
    { name: "self-managed rotate", before: [first], program: selfManagedProgram(ca, "2"), expected: live },
    { name: "self-managed delete", before: [first], program: undefined, expected: { ...nothing, certificates: 0 } },
  ];
}

/** QWILT_CAMPAIGN_SIZE: the number of points per scenario, spread evenly; all if not set. */
export function sized<T>(points: readonly T[]): readonly T[] {
  const size = Number(process.env.QWILT_CAMPAIGN_SIZE ?? "0");
  if (!(size > 0) || size >= points.length) return points;
  return Array.from({ length: size }, (_, index) => points[Math.floor((index * points.length) / size)]).filter(
    (point) => point !== undefined,
  );
}

/** QWILT_CAMPAIGN_MINUTES: no point of a scenario is started later than this; no limit if not set. CI sets it. */
export function limitMs(): number {
  const minutes = Number(process.env.QWILT_CAMPAIGN_MINUTES ?? "0");
  return minutes > 0 ? minutes * 60_000 : Number.POSITIVE_INFINITY;
}

/** Every third point first, so that an aborted run has covered every part. */
function spread(points: readonly Point[]): readonly Point[] {
  return [0, 1, 2].flatMap((rest) => points.filter((_, index) => index % 3 === rest));
}

/**
 * @param share of the minutes that a scenario has
 * @throws with every point after which something was wrong
 */
export async function crashEverywhere(scenario: Scenario, victim: Victim, share = 1): Promise<void> {
  const prepared = await prepare(scenario);
  const broken: string[] = [];
  const points = spread(sized(prepared.points));
  let covered = 0;
  const startedAt = Date.now();
  const say = (text: string) => process.stdout.write(`${scenario.name}, ${victim} killed: ${text}\n`);
  try {
    for (const [index, point] of points.entries()) {
      if (Date.now() - startedAt > limitMs() * share) break;
      covered += 1;
      const outcome = await prepared.crash(point, victim);
      if (outcome.problems.length > 0) broken.push(report(scenario, victim, point, outcome));
      if ((index + 1) % 10 === 0) say(`${index + 1} of ${points.length} points, ${seconds(startedAt)} s`);
    }
  } finally {
    await prepared.close();
  }
  say(`${covered} of ${prepared.points.length} points covered, ${broken.length} went wrong, ${seconds(startedAt)} s`);
  if (broken.length > 0) throw new Error(`${broken.length} of ${covered} points went wrong\n${broken.join("\n")}`);
}

export function pointName({ moment, name, nth }: Point): string {
  return `${{ before: "before", done: "done but not answered:", answered: "answered:" }[moment]} ${name}, number ${nth}`;
}

function report({ name }: Scenario, victim: Victim, point: Point, { problems, log }: Outcome): string {
  const folder = join(ROOT, ".work/logs");
  mkdirSync(folder, { recursive: true });
  const label = `crash ${name} ${victim} ${pointName(point)}`.replaceAll(/\W+/g, "-");
  const file = join(folder, `${label}.log`);
  writeFileSync(file, `${problems.join("\n")}\n${log}`);
  return `${victim} killed, ${pointName(point)}: ${problems.join("; ")} (${file})`;
}

const seconds = (since: number) => Math.round((Date.now() - since) / 1000);
