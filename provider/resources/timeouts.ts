/** Time limits of one resource. Pulumi's customTimeouts do not reach dynamic providers (docs/pulumi-engine.md 1.11). */
import { z } from "zod";

/** Minutes, fractions allowed; what is left out is qwilt:publishTimeoutMs. Changing them changes nothing at Qwilt. */
export const Timeouts = z.strictObject({
  create: z.number().positive().optional(),
  update: z.number().positive().optional(),
  delete: z.number().positive().optional(),
});
export type Timeouts = z.infer<typeof Timeouts>;
