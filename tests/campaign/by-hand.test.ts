/** The commands of docs/getting-started.md, run unchanged except for ports, key and state folder. */
import { spawn } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { page, ROOT } from "../docs/generated.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";

const on = stackOfFile();

/** The commands of the page with what differs here: addresses, the copied example, and no interactive prompts. */
function commands(example: string): string {
  const [, block = ""] = /<!-- by-hand -->\n```sh\n([\s\S]*?)```/.exec(page("docs/getting-started.md")) ?? [];
  return block
    .replace("the apiKey that the emulator printed", on.emulator.apiKey)
    .replaceAll("127.0.0.1:8080", new URL(on.emulator.api).host)
    .replaceAll("127.0.0.1:8443", on.emulator.edge)
    .replaceAll("examples/rotation", example)
    .replace("file://$HOME", `file://${join(on.stack.folder, "state")}`)
    .replaceAll(/(run pulumi -- (?:up|destroy)) /g, "$1 --yes --non-interactive ")
    .replaceAll("npm run pulumi", "npm run --silent pulumi");
}

test("the commands create the site, rotate it to the next certificate and remove everything", async () => {
  const example = join(on.stack.folder, "rotation");
  cpSync(join(ROOT, "examples/rotation"), example, { recursive: true });
  const script = commands(example);
  expect(script.match(/run --silent pulumi -- up /g)).toHaveLength(2);
  const { QWILT_ENDPOINT: _endpoint, QWILT_API_KEY: _key, PULUMI_BACKEND_URL: _backend, ...env } = on.stack.env;
  const shell = spawn("sh", ["-eu"], { cwd: ROOT, env });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  shell.stdin.end(script);
  const code = await new Promise((resolve) => shell.once("close", resolve));
  expect([code, output]).toEqual([0, expect.stringMatching(/linked 2, was 1; .*seen by handshake/)]);
  const served = (await on.emulator.edgeHistory()).filter(({ host }) => host === "www.example.com");
  expect(served.map(({ certificateId }) => certificateId)).toEqual([1, 2, null]);
  expect((await on.emulator.call("GET", "/api/v2/sites")).body).toEqual([]);
  expect((await on.emulator.call("GET", "/api/v2/certificates")).body).toEqual([]);
});
