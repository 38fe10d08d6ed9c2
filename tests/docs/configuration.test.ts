/** docs/configuration.md has exactly the keys, variables and defaults of provider/core/config.ts. */

import { type ProviderConfig, readConfig, SERVICES } from "../../provider/core/config.ts";
import { CONFIG_KEYS } from "../../provider/core/config-keys.ts";
import { expiryWindowMs } from "../../provider/x509/expiry.ts";
import { DAY_MS } from "../../provider/x509/renewal-window.ts";
import { expectGenerated, page } from "./generated.ts";

const text = page("docs/configuration.md");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| `qwilt:"))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, key = "", variables = "", fallback = "", meaning = ""]) => ({
    key: key.replace(/^`qwilt:(\w+)`$/, "$1"),
    variables: [...variables.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name),
    fallback: /^`(.*)`$/.exec(fallback)?.[1],
    meaning,
  }));
/** The settings without the fields that say where they come from. */
function withoutOrigin({ credentials, endpointOfStack: _, ...config }: ProviderConfig) {
  return { ...config, ...(credentials === undefined ? {} : { ...credentials, source: "", ofStack: false }) };
}
const nothing = { get: () => undefined };

test("docs/configuration.md has a row for each key and no other", () => {
  expect(rows.map(({ key }) => key).sort()).toEqual([...CONFIG_KEYS].sort());
  expect(rows.filter(({ meaning }) => meaning === "")).toEqual([]);
});

test.each(rows.flatMap(({ key, variables }) => variables.map((variable) => [variable, key] as const)))(
  "%s is used instead of qwilt:%s",
  (variable, key) => {
    const value = key === "endpoint" ? "http://127.0.0.1:1" : "x";
    const others = { username: "x", password: "x" };
    const source = (from: Record<string, string>) => ({ get: (name: string) => from[name.replace("qwilt:", "")] });
    const half = key === "username" ? { password: "x" } : key === "password" ? { username: "x" } : {};
    const whole = key in others ? { ...half, [key]: value } : { [key]: value };
    expect(withoutOrigin(readConfig(source(half), { [variable]: value }))).toEqual(
      withoutOrigin(readConfig(source(whole), {})),
    );
  },
);

test("every variable that the code reads is in docs/configuration.md", () => {
  const read = [...page("provider/core/config.ts").matchAll(/\b(?:QWILT|QCDN)_[A-Z]+(?:_[A-Z]+)*\b/g)].map(
    ([name]) => name,
  );
  const codes = new Set(["QWILT_CONFIG_INVALID"]);
  expect([...new Set(read)].filter((name) => !codes.has(name) && !text.includes(`\`${name}`))).toEqual([]);
});

test("the defaults in docs/configuration.md are the code's", () => {
  const config: Record<string, unknown> = { ...readConfig(nothing, {}) };
  for (const { key, fallback } of rows) {
    if (fallback !== undefined) expect([key, String(config[key])]).toEqual([key, fallback]);
    else if (key in config && typeof config[key] !== "object") expect([key, config[key]]).toEqual([key, undefined]);
  }
});

test("every service that an endpoint may be given for is named", () => {
  for (const service of SERVICES) expect(text).toContain(`\`${service}\``);
});

test("the default days of the warning are the code's", () => {
  const { expiryWarningDays } = readConfig(nothing, {});
  const lines = [6, 47, 90, 200, 398].map((days) => {
    const left = expiryWindowMs(expiryWarningDays, days * DAY_MS) / DAY_MS;
    return `| ${days} days | ${Math.round(left * 10) / 10} days before expiry |`;
  });
  const table = ["| Lifetime | Warned about from |", "| --- | --- |", ...lines].join("\n");
  expectGenerated("docs/configuration.md", "expiry-warnings", table);
});
