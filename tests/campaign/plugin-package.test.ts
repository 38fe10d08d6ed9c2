/** The native provider as a release has it: the archive, the folder in the npm package, and a command on PATH. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { version } from "../../package.json";
import { ROOT } from "../support/engine/dynamic-process.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { languageHosts } from "../support/languages/project.ts";

const on = stackOfFile();
const LONG_MS = 15 * 60_000;
const PROGRAM =
  "name: web\nruntime: yaml\nresources:\n  www:\n    type: qwilt:Site\n    properties: { siteName: www }\n";

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(ROOT, ".work", "plugin-"));
  on.stack.env.PATH = `${await languageHosts()}:${on.stack.env.PATH ?? ""}`;
  on.stack.file("Pulumi.yaml", PROGRAM);
}, LONG_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const plugins = async () => (await must(["plugin", "ls", "--json"])).stdout;

async function must(args: readonly string[]) {
  const run = await on.stack.pulumi(args);
  if (run.code !== 0) throw new Error(`pulumi ${args.join(" ")}:\n${run.all}`);
  return run;
}

test("without the plugin, the error names it", async () => {
  const run = await on.stack.pulumi(["preview"]);
  expect(run.code).not.toBe(0);
  expect(run.all).toMatch(/no resource plugin 'pulumi-resource-qwilt' found/);
});

function pack(): string {
  const script = "import('./tools/pack-plugin.mjs').then(({ packPlugin }) => console.log(packPlugin(process.argv[1])))";
  return execFileSync(process.execPath, ["-e", script, folder], { cwd: ROOT, encoding: "utf8" }).trim();
}

test("the archive is installed by Pulumi, and runs", async () => {
  await must(["plugin", "install", "resource", "qwilt", version, "--file", pack()]);
  expect(JSON.parse(await plugins())).toContainEqual(expect.objectContaining({ name: "qwilt", version }));
  expect((await must(["preview"])).all).toMatch(/qwilt:index:Site +www +create/);
  await must(["plugin", "rm", "resource", "qwilt", "--yes"]);
});

test("a server that has it under the documented name is a mirror", async () => {
  const archive = readFileSync(pack());
  const asked: string[] = [];
  const server = createServer(({ url = "" }, response) => {
    asked.push(url);
    if (url === `/plugins/${nameToServe()}`) response.end(archive);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    await must(["plugin", "install", "resource", "qwilt", version, "--server", `http://127.0.0.1:${port}/plugins`]);
    expect(asked).toEqual([`/plugins/${nameToServe()}`]);
    expect((await must(["preview"])).all).toMatch(/qwilt:index:Site +www +create/);
    await must(["plugin", "rm", "resource", "qwilt", "--yes"]);
  } finally {
    server.close();
  }
});

/** As docs/languages.md says it, for this machine. */
function nameToServe(): string {
  const [name = ""] =
    /pulumi-resource-qwilt-vVERSION-OS-ARCH\S*?(?=`)/.exec(readFileSync(join(ROOT, "docs/languages.md"), "utf8")) ?? [];
  const arch = process.arch === "x64" ? "amd64" : process.arch;
  return name.replace("VERSION", version).replace("OS", process.platform).replace("ARCH", arch);
}

test("the command on PATH needs no installation", async () => {
  const before = on.stack.env.PATH;
  on.stack.env.PATH = `${join(ROOT, "dist/plugin")}:${before ?? ""}`;
  expect((await must(["preview"])).all).toMatch(/qwilt:index:Site +www +create/);
  on.stack.env.PATH = before;
});

test("Pulumi reads the schema from the command, with the package's version", async () => {
  const copy = join(folder, "plugin");
  mkdirSync(copy, { recursive: true });
  cpSync(join(ROOT, "dist/plugin"), copy, { recursive: true });
  const schema = JSON.parse((await must(["package", "get-schema", join(copy, "pulumi-resource-qwilt")])).stdout) as {
    name: string;
    version: string;
    resources: object;
  };
  expect([schema.name, schema.version, Object.keys(schema.resources).length]).toEqual(["qwilt", version, 7]);
});
