/** Entry point "pulumi-qwilt/provider": the provider texts in stacks' states require it by this path for ever. */
import { runtime } from "./engine/dynamic/entry.ts";

const { configure, check, diff, create, read, update, delete: remove } = runtime;

export { check, configure, create, diff, read, remove as delete, update };
