/** A row of the ledger as its effect on a site; reads and failed requests have none. */
import type { LedgerRow } from "../emulator/emulator-process.ts";

export type SiteEvent =
  /** Not done: rejected, or cut before. It still shows what was tried. */
  | { readonly kind: "link"; readonly siteId: string; readonly certificateId: number; readonly done: boolean }
  | { readonly kind: "unlink"; readonly siteId: string; readonly certificateId: number }
  | { readonly kind: "publish"; readonly siteId: string }
  | { readonly kind: "delete site"; readonly siteId: string }
  | { readonly kind: "delete certificate"; readonly certificateId: number };

export function readSiteEvent(row: LedgerRow): SiteEvent | undefined {
  const parts = (row.path.split("?")[0] ?? "").split("/").filter((part) => part !== "");
  const [, , collection, id = "", inner, innerId] = parts;
  const done = isDone(row);
  if (collection === "certificates") {
    if (row.method !== "DELETE" || !done) return undefined;
    return { kind: "delete certificate", certificateId: Number(id) };
  }
  if (collection !== "sites" || id === "") return undefined;
  const siteId = decodeURIComponent(id);
  if (inner === undefined) return row.method === "DELETE" && done ? { kind: "delete site", siteId } : undefined;
  if (inner === "certificates" && row.method === "POST") {
    return { kind: "link", siteId, certificateId: Number(field(row.body, "certificateId")), done };
  }
  if (!done) return undefined;
  if (inner === "certificates" && row.method === "DELETE") {
    return { kind: "unlink", siteId, certificateId: Number(innerId) };
  }
  const publishes = inner === "publishing-operations" && row.method === "POST";
  // Canceling ends a publish, and un-publishing takes a site off the network: neither activates anything at the edge.
  return publishes && /(publishing-operations|republish)$/.test(parts.at(-1) ?? "")
    ? { kind: "publish", siteId }
    : undefined;
}

/**
 * The emulator records the status of the work, also if the response was cut or truncated afterwards; a request that was
 * cut before has status 0, and one that a fault answered instead is marked.
 */
function isDone(row: LedgerRow): boolean {
  const effect = field(row.fault, "effect");
  const answeredByFault = field(effect, "status") !== undefined;
  return row.status >= 200 && row.status < 300 && !answeredByFault;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}
