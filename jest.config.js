// One project a tier. ESM-only packages (node-fetch, https-proxy-agent and their parts) are transformed too.
const transform = {
  "^.+\\.(m?[jt]s)$": [
    "@swc/jest",
    { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "commonjs" } },
  ],
};
const shared = {
  testEnvironment: "node",
  transform,
  transformIgnorePatterns: [
    "/node_modules/(?!(node-fetch|fetch-blob|data-uri-to-buffer|formdata-polyfill|https-proxy-agent|agent-base|proxy-agent-negotiate)/)",
    "<rootDir>/(emulator/)?dist/",
  ],
  modulePathIgnorePatterns: ["<rootDir>/dist", "<rootDir>/emulator/dist", "<rootDir>/.work"],
};
const tier = (name) => ({
  ...shared,
  displayName: name,
  rootDir: __dirname,
  testMatch: [`<rootDir>/tests/${name}/**/*.test.ts`],
});

/** Files that run a second time, on the native provider, in the campaigns. */
const ON_NATIVE = [
  "engine/rotation",
  "engine/budgets",
  "engine/check-failures",
  "campaign/components",
  "campaign/interruption",
  "campaign/key-canaries",
  "engine/managed",
  "campaign/self-managed",
  "engine/state-size",
  "campaign/crash-points",
  "campaign/crash-points-signing",
];
module.exports = {
  // A hung test ends; a slow machine, or one that others use, is not a failure. (jest ignores it inside a project.)
  testTimeout: 60_000,
  projects: [
    { ...tier("unit"), testMatch: ["<rootDir>/tests/unit/**/*.test.ts", "<rootDir>/emulator/**/*.unit.test.ts"] },
    tier("contract"),
    tier("plugin"),
    {
      ...tier("engine"),
      testMatch: ["<rootDir>/tests/engine/**/*.test.ts", "<rootDir>/tests/upgrade/newest.test.ts"],
      globalSetup: "<rootDir>/tools/jest-engine.cjs",
    },
    {
      ...tier("native"),
      testMatch: ON_NATIVE.map((name) => `<rootDir>/tests/${name}.test.ts`),
      globals: { QWILT_ADAPTER: "native" },
      globalSetup: "<rootDir>/tools/jest-engine.cjs",
    },
    tier("docs"),
    {
      ...tier("campaign"),
      testMatch: [
        "<rootDir>/tests/campaign/**/*.test.ts",
        "<rootDir>/tests/upgrade/all.test.ts",
        // Once more, with more sequences.
        "<rootDir>/tests/contract/emulator-properties.test.ts",
      ],
      globals: { EMULATOR_RUNS: 1000 },
      globalSetup: "<rootDir>/tools/jest-engine.cjs",
    },
  ],
};
