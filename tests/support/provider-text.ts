/** The text that Pulumi's serializer makes of a resource's provider, from the built package as users run it. */
import { execFileSync } from "node:child_process";
import { ROOT } from "./dynamic-process.ts";

const SCRIPT = `
const { dynamicProvider } = require("./dist/provider/engine/dynamic/stub.js");
const { serializeFunction } = require("@pulumi/pulumi/runtime");
const texts = process.argv.slice(1).map(async (kind) => {
  const provider = dynamicProvider(kind);
  return [kind, (await serializeFunction(() => provider, { allowSecrets: true })).text];
});
Promise.all(texts).then((all) => process.stdout.write(JSON.stringify(all)));
`;

export function providerText(kind: string): string {
  return providerTexts([kind]).get(kind) ?? "";
}

/** Of several kinds at once: a process for each takes its time. */
export function providerTexts(kinds: readonly string[]): ReadonlyMap<string, string> {
  const texts = execFileSync(process.execPath, ["-e", SCRIPT, ...kinds], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  return new Map(JSON.parse(texts) as [string, string][]);
}
