/** Time limits of one resource. Pulumi's customTimeouts do not reach dynamic providers (docs/pulumi-engine.md 1.11). */
import { z } from "zod";
import type { Context } from "../run/lifecycle.ts";

/** Minutes, fractions allowed; what is left out is qwilt:publishTimeoutMs. Changing them changes nothing at Qwilt. */
export const Timeouts = z.strictObject({
  create: z.number().positive().optional(),
  update: z.number().positive().optional(),
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
