import { ApiProblem } from "./domain/api-problem.ts";
import type { Meta } from "./store/meta.ts";

/** Either stands still at a time, or runs with real time, shifted. */
type Setting = { readonly frozenAtMs: number } | { readonly offsetMs: number };

/** The one clock of everything the emulator does. Its setting is kept by the store. */
export class Clock {
  private readonly meta: Meta;
  private setting: Setting = { offsetMs: 0 };

  constructor(meta: Meta) {
    this.meta = meta;
    this.load();
  }

  /** Epoch milliseconds. */
  now(): number {
    return "frozenAtMs" in this.setting ? this.setting.frozenAtMs : Date.now() + this.setting.offsetMs;
  }

  isFrozen(): boolean {
    return "frozenAtMs" in this.setting;
  }

  /** A frozen clock stays frozen, a running one goes on from the new time. */
  set(now: number): void {
    this.keep(this.isFrozen() ? { frozenAtMs: now } : { offsetMs: now - Date.now() });
  }

  freezeAt(now: number): void {
    this.keep({ frozenAtMs: now });
  }

  run(): void {
    this.keep({ offsetMs: this.now() - Date.now() });
  }

  /** Real milliseconds until the clock shows a time; undefined when it never will by itself. */
  realMsUntil(time: number): number | undefined {
    return this.isFrozen() ? undefined : Math.max(0, time - this.now());
  }

  /** Reads the setting that the store has: after a start or a restore. A store without one has a clock in real time. */
  load(): void {
    const frozenAtMs = this.meta.get("clock frozen at ms");
    const offsetMs = this.meta.get("clock offset ms");
    if (frozenAtMs) this.setting = { frozenAtMs: Number(frozenAtMs) };
    else this.setting = { offsetMs: Number(offsetMs ?? 0) };
  }

  private keep(setting: Setting): void {
    this.setting = setting;
    this.meta.set("clock frozen at ms", "frozenAtMs" in setting ? String(setting.frozenAtMs) : "");
    this.meta.set("clock offset ms", "offsetMs" in setting ? String(setting.offsetMs) : "0");
  }
}

/** Reads an ISO 8601 time. @throws Refusal with status 400 */
export function readTime(value: unknown, where: string): number {
  const time = typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new ApiProblem(400, `${where} must be an ISO 8601 time such as 2026-01-31T12:00:00Z.`);
  return time;
}
