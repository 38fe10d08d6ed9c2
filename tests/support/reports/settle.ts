/** A report with what differs from run to run replaced, so that golden files show which date and which certificate is where. */
import { createHash } from "node:crypto";
import type { Given } from "./cases.ts";

const DAY_MS = 86_400_000;
/** The day on which the golden reports were made, as they say. */
const TODAY = Date.parse("2026-03-01T00:00:00Z");

/** @param preview the document that the report is about */
export function settled(text: string, preview: string, given: Given): string {
  const names = new Map([...fingerprints(given), ...idsIn(preview)]);
  let unknown = 0;
  const nameOf = (found: string) => {
    const name = names.get(found) ?? hex(`not given ${++unknown}`, found.length);
    names.set(found, name);
    return name;
  };
  return text
    .replace(/\b([0-9a-f]{16})(…|\.\.\.)/g, (_all, found: string, dots: string) => nameOf(found) + dots)
    .replace(/\b[0-9a-f]{24}\b/g, nameOf)
    .replace(/\S*stack-\w+\S*/g, "PROGRAM")
    .replace(/\b20\d\d-\d\d-\d\dT[\d:.]+Z/g, "TIME")
    .replace(/\b20\d\d-\d\d-\d\d\b/g, (day) => moved(day, given.today))
    .replace(/(\S+) \((\d+) days left/g, (_all, day: string, left: string) => `${day} (${daysTo(day, left)} days left`)
    .replace(/in (\d+) days \(([\d-]+)/g, (_all, left: string, day: string) => `in ${daysTo(day, left)} days (${day}`)
    .replace(/\d+ ms the last time/g, "N ms the last time");
}

/** From TODAY. Before and after noon, the count of the run differs by one. */
function daysTo(day: string, left: string): number {
  const days = (Date.parse(day) - TODAY) / DAY_MS;
  return Math.abs(days - Number(left)) <= 1 ? days : Number(left);
}

/** As far from TODAY as it was from the day of the run. */
function moved(day: string, today: number): string {
  return new Date(Date.parse(day) - today + TODAY).toISOString().slice(0, 10);
}

function fingerprints({ materials }: Given): [string, string][] {
  return Object.entries(materials).map(([name, { fingerprint }]) => [fingerprint.slice(0, 16), hex(name, 16)]);
}

interface Step {
  readonly urn: string;
  readonly oldState?: object;
  readonly newState?: object;
}

/** Sites and revisions, numbered by the resources that they are in. */
function idsIn(preview: string): [string, string][] {
  const { steps = [] } = JSON.parse(preview) as { readonly steps?: readonly Step[] };
  const inOrder = steps.toSorted((a, b) => (a.urn < b.urn ? -1 : 1)).map((step) => JSON.stringify(step));
  return ["siteId", "revisionId"].flatMap((property) => {
    const found = inOrder.flatMap((step) => [...step.matchAll(new RegExp(`"${property}":"([0-9a-f]{24})"`, "g"))]);
    const ids = new Set(found.map(([, id = ""]) => id));
    return [...ids].map((id, index): [string, string] => [id, hex(`${property} ${index + 1}`, 24)]);
  });
}

const hex = (name: string, length: number) => createHash("sha256").update(name).digest("hex").slice(0, length);

/** Midnight (UTC) of the day of the run, which is not about to end. */
export async function startOfToday(): Promise<number> {
  const leftMs = () => DAY_MS - (Date.now() % DAY_MS);
  // A test that goes on after midnight would find other dates.
  while (leftMs() < 300_000) await new Promise((resolve) => setTimeout(resolve, 1_000));
  return Date.now() - (Date.now() % DAY_MS);
}
