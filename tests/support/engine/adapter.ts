/** The two ways to the resources. jest.config.js runs the files of tests/engine, and some campaigns, once with each. */

/** Dynamic resources of a program in TypeScript, or the native provider that every language uses. */
export type Adapter = "dynamic" | "native";

export const adapterOfSuite = (): Adapter =>
  Reflect.get(globalThis, "QWILT_ADAPTER") === "native" ? "native" : "dynamic";
