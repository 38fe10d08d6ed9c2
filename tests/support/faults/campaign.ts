/** Which cases there are, in which order they run, and for how long. */
import type { Flow } from "./flows.ts";
import { faultsAt, type Hit } from "./kinds.ts";
import type { Lanes, Outcome } from "./lane.ts";
import { callName } from "./table.ts";

export interface FaultCase {
  readonly flow: Flow;
  readonly hit: Hit;
}

export interface EndedCase {
  readonly one: FaultCase;
  readonly outcome: Outcome;
}

const AFTERWARDS = ["run again", "refresh and run again", "destroy"] as const;

export async function faultCases(flows: readonly Flow[], lanes: Lanes): Promise<readonly FaultCase[]> {
  const cases: FaultCase[] = [];
  for (const flow of flows) {
    for (const call of await lanes.calls(flow)) {
      for (const fault of faultsAt(call.name)) {
        for (const times of fault.onlyOnce ? (["once"] as const) : (["once", "lasting"] as const)) {
          const afterwards = AFTERWARDS[cases.length % AFTERWARDS.length] ?? "run again";
          cases.push({ flow, hit: { call, fault, times, afterwards } });
        }
      }
    }
  }
  return cases;
}

/** @returns the cases that were run, in the order of `all` */
export async function runFaultCases(
  all: readonly FaultCase[],
  lanes: Lanes,
  title: string,
): Promise<readonly EndedCase[]> {
  const chosen = spread(all.filter((one) => ONLY.test(nameOfCase(one)))).slice(0, sizeLimit());
  const ended: EndedCase[] = [];
  const startedAt = Date.now();
  const say = (text: string) => process.stdout.write(`faults, ${title}: ${text}\n`);
  const seconds = () => Math.round((Date.now() - startedAt) / 1000);
  let wrong = 0;
  await lanes.share(chosen, async (one, lane) => {
    if (Date.now() - startedAt > timeLimitMs()) return;
    // Nothing may wait forever; slow cases are named.
    const slow = setTimeout(() => say(`${nameOfCase(one)} goes on for a minute already`), 60_000);
    const outcome = await lane.hit(one.flow, one.hit).finally(() => clearTimeout(slow));
    ended.push({ one, outcome });
    if (outcome.problems.length > 0) {
      wrong += 1;
      say(`${nameOfCase(one)}: ${outcome.problems.join("; ").slice(0, 500)}`);
    }
    if (ended.length % 100 === 0) say(`${ended.length} of ${chosen.length}, ${wrong} wrong, ${seconds()} s`);
  });
  say(`${ended.length} of ${all.length} cases, ${wrong} wrong, ${seconds()} s`);
  const order = new Map(all.map((one, index) => [one, index]));
  return ended.sort((a, b) => (order.get(a.one) ?? 0) - (order.get(b.one) ?? 0));
}

export function nameOfCase({ flow, hit }: FaultCase): string {
  return `${flow.name}, ${callName(hit.call)}, ${hit.fault.name} ${hit.times}, then ${hit.afterwards}`;
}

/** Only cases whose name matches: `QWILT_FAULTS="rotate, .*republish.*stuck"`. */
const ONLY = new RegExp(process.env.QWILT_FAULTS ?? "");

/** QWILT_CAMPAIGN_SIZE: the number of cases; all if not set. */
function sizeLimit(): number {
  const size = Number(process.env.QWILT_CAMPAIGN_SIZE ?? "0");
  return size > 0 ? size : Number.POSITIVE_INFINITY;
}

/** QWILT_CAMPAIGN_MINUTES: no case is started later than this; no limit if not set. CI sets it. */
function timeLimitMs(): number {
  const minutes = Number(process.env.QWILT_CAMPAIGN_MINUTES ?? "0");
  return minutes > 0 ? minutes * 60_000 : Number.POSITIVE_INFINITY;
}

/** In steps of the golden ratio: wherever the list is cut, the taken cases are spread evenly over all. */
function spread<T>(all: readonly T[]): readonly T[] {
  const place = (index: number) => (index * 0.618_033_988_75) % 1;
  return [...all.keys()].sort((a, b) => place(a) - place(b)).flatMap((index) => all[index] ?? []);
}
