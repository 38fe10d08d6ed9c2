import { ApiProblem } from "./domain/api-problem.ts";
import type { Meta } from "./store/meta.ts";

/** Either frozen at a time, or running with an offset to real time. */
type Setting = { readonly frozenAtMs: number } | { readonly offsetMs: number };

/** The only clock of the emulator. The store keeps its setting. */
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

  /** A frozen clock stays frozen; a running one continues from the new time. */
  set(now: number): void {
    this.keep(this.isFrozen() ? { frozenAtMs: now } : { offsetMs: now - Date.now() });
  }

  freezeAt(now: number): void {
    this.keep({ frozenAtMs: now });
  }

  run(): void {
    this.keep({ offsetMs: this.now() - Date.now() });
  }

  /** Real milliseconds until the clock reaches a time; undefined if it never will by itself. */
  realMsUntil(time: number): number | undefined {
    return this.isFrozen() ? undefined : Math.max(0, time - this.now());
  }

  /** Reads the setting from the store, after a start or a restore. Without one, the clock shows real time. */
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

/** Reads an ISO 8601 time. @throws ApiProblem with status 400 */
export function readTime(value: unknown, where: string): number {
  const time = typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(time)) throw new ApiProblem(400, `${where} must be an ISO 8601 time such as 2026-01-31T12:00:00Z.`);
  return time;
}
