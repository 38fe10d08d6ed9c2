/** A state moves between the two ways to the package, and back, without a difference. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { moveCommand } from "../../provider/cli/move-command.ts";
import { providerText } from "../../provider/engine/dynamic/provider-text.ts";
import { CannotMove, type Direction, moveState } from "../../provider/move/move-state.ts";
import { recordedStates, STATE_FILE } from "../upgrade/recorded-state.ts";

const move = (text: string, direction: Direction) => moveState(text, { direction, providerText, newId: "new-id" });

interface State {
  deployment: { resources: { urn: string; type: string; inputs?: object; outputs?: object; provider?: string }[] };
}

const STACK = { urn: "urn:pulumi:prod::web::pulumi:pulumi:Stack::web-prod", type: "pulumi:pulumi:Stack" };
const NODEJS = {
  urn: "urn:pulumi:prod::web::pulumi:providers:pulumi-nodejs::default",
  custom: true,
  id: "old-id",
  type: "pulumi:providers:pulumi-nodejs",
  inputs: { "qwilt:apiKey": { "4dabf18193072939515e22adb298388d": "s", ciphertext: "c" }, "web:size": "3" },
  outputs: {},
};
const URN = "urn:pulumi:prod::web::my:component:Web$pulumi-nodejs:dynamic/qwilt:Site::www";
const SITE = {
  urn: URN,
  custom: true,
  id: "5f",
  type: "pulumi-nodejs:dynamic/qwilt:Site",
  inputs: { __provider: providerText("Site"), __urn: URN, siteName: "www" },
  outputs: { __provider: providerText("Site"), __urn: URN, siteName: "www", siteId: "5f" },
  parent: STACK.urn,
  provider: `${NODEJS.urn}::old-id`,
  propertyDependencies: { __provider: [], __urn: [], siteName: [] },
};
const DNS = {
  urn: `urn:pulumi:prod::web::my:component:Web$pulumi-nodejs:dynamic/qwilt:Site$dns:Record::www`,
  type: "dns:Record",
  id: "r",
  parent: URN,
  dependencies: [URN],
  propertyDependencies: { to: [URN] },
  outputs: { text: "pulumi-nodejs:dynamic/qwilt:Site" },
};
const stateOf = (...resources: object[]) =>
  JSON.stringify({ version: 3, deployment: { manifest: {}, resources, pending_operations: [] } });

test("a resource gets the type, the URN and the provider of the native way; what depends on it follows", () => {
  const { state, resources } = move(stateOf(STACK, NODEJS, SITE, DNS), "native");
  const urn = URN.replace("pulumi-nodejs:dynamic/qwilt:Site", "qwilt:index:Site");
  const provider = {
    urn: "urn:pulumi:prod::web::pulumi:providers:qwilt::default",
    custom: true,
    id: "new-id",
    type: "pulumi:providers:qwilt",
    inputs: { apiKey: NODEJS.inputs["qwilt:apiKey"] },
    outputs: { apiKey: NODEJS.inputs["qwilt:apiKey"] },
  };
  expect(resources).toEqual([{ from: URN, to: urn }]);
  expect((state as unknown as State).deployment.resources).toEqual([
    STACK,
    provider,
    {
      ...SITE,
      urn,
      type: "qwilt:index:Site",
      inputs: { siteName: "www" },
      outputs: { siteName: "www", siteId: "5f" },
      provider: `${provider.urn}::new-id`,
      propertyDependencies: { siteName: [] },
    },
    {
      ...DNS,
      urn: DNS.urn.replace("pulumi-nodejs:dynamic/qwilt:Site", "qwilt:index:Site"),
      parent: urn,
      dependencies: [urn],
      propertyDependencies: { to: [urn] },
    },
  ]);
});

test("another package's dynamic resources keep their provider", () => {
  const other = {
    ...SITE,
    urn: "urn:pulumi:prod::web::pulumi-nodejs:dynamic:Resource::x",
    type: "pulumi-nodejs:dynamic:Resource",
    inputs: { __provider: "another" },
    outputs: {},
  };
  const { state } = move(stateOf(STACK, NODEJS, SITE, other), "native");
  const { resources } = (state as unknown as State).deployment;
  expect(resources.map(({ type }) => type)).toEqual([
    STACK.type,
    NODEJS.type,
    "pulumi:providers:qwilt",
    "qwilt:index:Site",
    other.type,
  ]);
  expect(resources.at(-1)).toEqual(other);
});

test.each(recordedStates())("$release $name: there and back is the same state", ({ folder }) => {
  const text = readFileSync(join(folder, STATE_FILE), "utf8");
  const there = move(text, "native");
  const kinds = (JSON.parse(text) as State).deployment.resources.filter(({ type }) => type.includes("dynamic/qwilt:"));
  expect(there.resources).toHaveLength(kinds.length);
  const native = JSON.stringify(there.state);
  expect(native).not.toMatch(/pulumi-nodejs|__provider|__urn/);
  const back = move(native, "dynamic").state as unknown as State;
  const withoutProvider = ({ deployment }: State) =>
    deployment.resources
      .filter(({ type }) => !type.startsWith("pulumi:providers:"))
      .map(({ provider: _, ...one }) => one)
      .map((one) => ({ ...one, inputs: { ...one.inputs, __provider: 0 }, outputs: { ...one.outputs, __provider: 0 } }));
  expect(withoutProvider(back)).toEqual(withoutProvider(JSON.parse(text) as State));
});

test.each<[string, string, string]>([
  ["no state", "{}", "the input is not the output of `pulumi stack export`"],
  ["no JSON", "Previewing", "the input is not the output of `pulumi stack export`"],
  [
    "an interrupted operation",
    JSON.stringify({ deployment: { resources: [SITE], pending_operations: [{}] } }),
    "an operation of this stack was interrupted",
  ],
  [
    "a provider of the program",
    stateOf(
      STACK,
      { ...NODEJS, urn: NODEJS.urn.replace("default", "mine") },
      { ...SITE, provider: `${NODEJS.urn.replace("default", "mine")}::old-id` },
    ),
    "the resources use providers that the program declares",
  ],
  [
    "a provider of the program whose name begins like the engine's",
    stateOf(
      STACK,
      { ...NODEJS, urn: NODEJS.urn.replace("default", "default-eu") },
      { ...SITE, provider: `${NODEJS.urn.replace("default", "default-eu")}::old-id` },
    ),
    "the resources use providers that the program declares",
  ],
  [
    "two versions of the engine's provider",
    stateOf(STACK, NODEJS, { ...NODEJS, urn: `${NODEJS.urn}_1_2_0`, id: "another-id" }, SITE, {
      ...SITE,
      urn: URN.replace("::www", "::shop"),
      provider: `${NODEJS.urn}_1_2_0::another-id`,
    }),
    "the resources use different versions of the provider",
  ],
])("%s is refused", (_, text, why) => {
  expect(() => move(text, "native")).toThrow(CannotMove);
  expect(() => move(text, "native")).toThrow(why);
});

const NATIVE_URN = URN.replace("pulumi-nodejs:dynamic/qwilt:Site", "qwilt:index:Site");
const VERSIONED = {
  urn: "urn:pulumi:prod::web::pulumi:providers:qwilt::default_0_1_0",
  custom: true,
  id: "old-id",
  type: "pulumi:providers:qwilt",
  inputs: { apiKey: "a", version: "0.1.0", __internal: { pluginDownloadURL: "x" }, pluginDownloadURL: "x" },
  outputs: {},
};
const NATIVE_SITE = {
  ...SITE,
  urn: NATIVE_URN,
  type: "qwilt:index:Site",
  inputs: { siteName: "www" },
  outputs: { siteName: "www" },
  provider: `${VERSIONED.urn}::old-id`,
};

test("what the engine adds to a provider's settings is not moved", () => {
  const { state } = move(stateOf(STACK, VERSIONED, NATIVE_SITE), "dynamic");
  const [, provider] = (state as unknown as State).deployment.resources;
  expect(provider).toMatchObject({ type: "pulumi:providers:pulumi-nodejs", inputs: { "qwilt:apiKey": "a" } });
  expect(Object.keys(provider?.inputs ?? {})).toEqual(["qwilt:apiKey"]);
});

test("customTimeouts, which dynamic resources do not have, are reported", () => {
  const limited = { ...NATIVE_SITE, customTimeouts: { create: 3600 } };
  const unlimited = { ...NATIVE_SITE, urn: NATIVE_URN.replace("::www", "::shop"), customTimeouts: { create: 0 } };
  const text = stateOf(STACK, VERSIONED, limited, unlimited);
  expect(move(text, "dynamic").withoutTimeouts).toEqual([URN]);
  expect(run("dynamic", ["--dry-run"], text).out).toMatch(
    /set the argument `timeouts` of my:component:Web\S+Site www\./,
  );
});

function run(direction: Direction, args: readonly string[], input: string) {
  let [out, error] = ["", ""];
  const terminal = {
    readFile: () => {
      throw Object.assign(new Error("x"), { code: "ENOENT" });
    },
    readInput: () => input,
    writeFile: () => undefined,
    now: () => 0,
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    colours: false,
  };
  const code = moveCommand(direction, args, terminal, { providerText, newId: () => "new-id" });
  return { code, out, error };
}

test("the command prints the state, and what it did on standard error", () => {
  const { code, out, error } = run("native", [], stateOf(STACK, NODEJS, SITE));
  expect([code, error]).toEqual([
    0,
    "pulumi-qwilt to-native: 1 resource moved to the native provider (every language).\n",
  ]);
  expect(JSON.parse(out)).toEqual(move(stateOf(STACK, NODEJS, SITE), "native").state);
});

test("a dry run prints names only, as text or as JSON", () => {
  const text = run("native", ["--dry-run"], stateOf(STACK, NODEJS, SITE));
  expect(text.out).toContain(`${URN}\n  -> urn:pulumi:prod::web::my:component:Web$qwilt:index:Site::www\n`);
  const json = run("native", ["--dry-run", "--json"], stateOf(STACK, NODEJS, SITE));
  expect(JSON.parse(json.out)).toEqual({
    resources: [{ from: URN, to: expect.stringContaining("$qwilt:index:Site") }],
    withoutTimeouts: [],
  });
});

test("a state without resources of this package is printed as it is", () => {
  const { code, out, error } = run("dynamic", [], stateOf(STACK, NODEJS, SITE));
  expect([code, JSON.parse(out)]).toEqual([0, JSON.parse(stateOf(STACK, NODEJS, SITE))]);
  expect(error).toBe("pulumi-qwilt to-dynamic: the state has no resource to move.\n");
});

test.each<[readonly string[], string]>([
  [["--wrong"], "Unknown option"],
  [["a", "b"], "only one FILE"],
  [["--json"], "--json needs --dry-run"],
  [["missing.json"], "missing.json cannot be read: there is no such file"],
])("%j is refused", (args, why) => {
  const { code, error, out } = run("native", args, "");
  expect([code, out]).toEqual([2, ""]);
  expect(error).toContain(why);
});
