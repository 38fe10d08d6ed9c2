/** Time limits of one resource. Pulumi's customTimeouts do not reach dynamic providers (docs/pulumi-engine.md 1.11). */
import { z } from "zod";
import type { Context } from "../run/lifecycle.ts";

/** Time limits in minutes, fractions allowed. Changing them changes nothing at Qwilt. */
export const Timeouts = z.strictObject({
  /** Minutes for creating the resource. */
  create: z.number().positive().optional(),
  /** Minutes for an update in place. */
  update: z.number().positive().optional(),
  /** Minutes for deleting the resource. */
  delete: z.number().positive().optional(),
});
export type Timeouts = z.infer<typeof Timeouts>;

/** How long an operation waits: the engine's limit, then the resource's own, then the default. */
export function timeoutOf(
  { timeouts }: { readonly timeouts?: Timeouts | undefined },
  verb: keyof Timeouts,
  ctx: Context,
  defaultMs: number = ctx.config.publishTimeoutMs,
): number {
  const minutes = timeouts?.[verb];
  return ctx.timeoutMs ?? (minutes === undefined ? defaultMs : minutes * 60_000);
}
