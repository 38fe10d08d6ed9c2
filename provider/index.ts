/** Entry point "pulumi-qwilt/provider": the provider texts in stacks' states require it by this path for ever. */
export { check, configure, create, delete, diff, read, update } from "./engine/runtime.ts";
