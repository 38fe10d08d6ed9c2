import type { EmulatorContext } from "../context.ts";
import type { DnsZone } from "../dns/dns-zone.ts";

/** Name under which the store keeps the zone of the DNS server. */
export const zoneEntry = "dns zone";

/** The clock jumps; what lies between happens first, in order. A jump back makes nothing undone. */
export function moveClockTo({ clock, scheduler }: EmulatorContext, now: number): void {
  clock.set(now);
  scheduler.runUntil(now);
  scheduler.rearm();
}

export function advanceClock(context: EmulatorContext, ms: number): void {
  context.scheduler.runDue();
  moveClockTo(context, context.clock.now() + ms);
}

/** Waits for the orders at an ACME CA, which take real time, and lets happen what they made due. */
export async function settle({ acme, scheduler }: EmulatorContext): Promise<void> {
  await acme?.idle();
  scheduler.runDue();
}

/** Stops the clock, or lets it run on from where it stands. */
export function freezeClock({ clock, scheduler }: EmulatorContext, frozen: boolean): void {
  if (frozen) clock.freezeAt(clock.now());
  else clock.run();
  scheduler.rearm();
}

/** Takes everything: things, ledger, faults, DNS, the setting of the clock. */
export function takeSnapshot({ store, scheduler }: EmulatorContext): string {
  scheduler.runDue();
  return store.transaction(() => store.snapshots.take());
}

/** @returns false when there is no such snapshot */
export function restoreSnapshot(context: EmulatorContext, zone: DnsZone, id: string): boolean {
  const known = context.store.transaction(() => context.store.snapshots.restore(id));
  if (known) reloadAll(context, zone);
  return known;
}

/** After the store was exchanged under everything that reads ahead. */
export function reloadAll({ store, clock, edge, issuer, scheduler }: EmulatorContext, zone: DnsZone): void {
  clock.load();
  const text = store.meta.get(zoneEntry);
  zone.restore(text === undefined ? { records: [], faults: [] } : JSON.parse(text));
  edge.reload();
  issuer.resume();
  scheduler.rearm();
  scheduler.runDue();
}
