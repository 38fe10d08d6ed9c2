/** The text that Pulumi's serializer makes of a resource's provider, from the built package as users run it. */
import { execFileSync } from "node:child_process";
import { ROOT } from "./dynamic-process.ts";

const SCRIPT = `
const { dynamicProvider } = require("./dist/provider/dynamic/stub.js");
const { serializeFunction } = require("@pulumi/pulumi/runtime");
const provider = dynamicProvider(process.argv[1]);
serializeFunction(() => provider, { allowSecrets: true }).then(({ text }) => process.stdout.write(text));
`;

export function providerText(kind: string): string {
  return execFileSync(process.execPath, ["-e", SCRIPT, kind], {
    cwd: ROOT,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
}
