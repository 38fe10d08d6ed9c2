import type { EmulatorContext } from "../context.ts";
import type { DnsZone } from "../dns/dns-zone.ts";

/** Name under which the store keeps the zone of the DNS server. */
export const zoneEntry = "dns zone";

/** The clock jumps; events that become due happen first, in order. A jump back undoes nothing. */
export function moveClockTo({ clock, scheduler }: EmulatorContext, now: number): void {
  clock.set(now);
  scheduler.runUntil(now);
  scheduler.rearm();
}

export function advanceClock(context: EmulatorContext, ms: number): void {
  context.scheduler.runDue();
  moveClockTo(context, context.clock.now() + ms);
}

/** Waits for the orders at an ACME CA, which take real time, and runs the events that they made due. */
export async function settle({ acme, scheduler }: EmulatorContext): Promise<void> {
  await acme?.idle();
  scheduler.runDue();
}

/** Freezes the clock, or lets it run from its current time. */
export function freezeClock({ clock, scheduler }: EmulatorContext, frozen: boolean): void {
  if (frozen) clock.freezeAt(clock.now());
  else clock.run();
  scheduler.rearm();
}

/** Includes everything: objects, ledger, faults, DNS, the setting of the clock. */
export function takeSnapshot({ store, scheduler }: EmulatorContext): string {
  scheduler.runDue();
  return store.transaction(() => store.snapshots.take());
}

/** @returns false if there is no such snapshot */
export function restoreSnapshot(context: EmulatorContext, zone: DnsZone, id: string): boolean {
  const known = context.store.transaction(() => context.store.snapshots.restore(id));
  if (known) reloadAll(context, zone);
  return known;
}

/** Reloads everything that caches data of the store, after the store was replaced. */
export function reloadAll({ store, clock, edge, issuer, scheduler }: EmulatorContext, zone: DnsZone): void {
  clock.load();
  const text = store.meta.get(zoneEntry);
  zone.restore(text === undefined ? { records: [], faults: [] } : JSON.parse(text));
  edge.reload();
  issuer.resume();
  scheduler.rearm();
  scheduler.runDue();
}
