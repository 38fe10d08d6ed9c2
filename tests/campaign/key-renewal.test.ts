/**
 * A renewed API key with the real CLI: which key each command uses, each remedy that an error names, and the commands
 * of docs/configuration.md, "Rotate the API key", run unchanged.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { page } from "../docs/generated.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import type { ExportedState } from "../support/engine/stack.ts";

const on = stackOfFile();
// Each test is several commands.
jest.setTimeout(600_000);
const YES = ["--yes", "--skip-preview"];

interface Key {
  readonly text: string;
  readonly label: string;
  readonly id: string;
}

let made = 0;
async function newKey(): Promise<Key> {
  const answer = await fetch(`${on.emulator.api}/api/1/api-keys`, {
    method: "POST",
    headers: { "X-API-KEY": on.emulator.apiKey, "content-type": "application/json" },
    body: JSON.stringify({ name: `key ${++made}`, ttl: 365, permission: "MediaEditor" }),
  });
  const { apiToken, keyId } = (await answer.json()) as { apiToken: string; keyId: string };
  return { text: apiToken, label: `api-key:${keyId}`, id: keyId };
}
const revoke = (key: Key) =>
  fetch(`${on.emulator.api}/api/1/api-keys/${key.id}`, {
    method: "DELETE",
    headers: { "X-API-KEY": on.emulator.apiKey },
  });

/** The environment has its own key only if a test sets one. */
const pulumi = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  on.stack.pulumi(args, { QWILT_API_KEY: "", ...env });
const store = (key: Key) => pulumi(["config", "set", "--secret", "qwilt:apiKey", key.text]);
const site = (name: string, more = "") => on.stack.write(`new q.Site("www", { siteName: "${name}" });${more}`);
const REFUSED = /Qwilt rejected qwilt:apiKey of the stack/;

async function succeeds(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const run = await pulumi(args, env);
  expect([run.code, run.all]).toEqual([0, expect.not.stringMatching(/QWILT_AUTH_FAILED/)]);
  return run;
}
async function isRefused(args: readonly string[]) {
  const run = await pulumi(args);
  expect([run.code === 0, run.all]).toEqual([false, expect.stringMatching(REFUSED)]);
  expect(run.all).toContain("[QWILT_AUTH_FAILED]");
  return run;
}
async function state(): Promise<string> {
  const { stdout } = await pulumi(["stack", "export", "--show-secrets"]);
  return stdout;
}
/**
 * The resources, and what the engine stores about them. A rejected refresh writes them again, without
 * propertyDependencies.
 */
async function resources() {
  const { deployment } = JSON.parse(await state()) as ExportedState;
  return deployment.resources?.map(({ urn, id, inputs, outputs }) => ({ urn, id, inputs, outputs }));
}

/** Runs a code block of the document in the program's folder. */
async function follow(mark: string, newKeyText: string): Promise<string> {
  const block = new RegExp(`<!-- ${mark} -->\\n\`\`\`sh\\n([\\s\\S]*?)\`\`\``).exec(page("docs/configuration.md"))?.[1];
  if (block === undefined) throw new Error(`docs/configuration.md has no block ${mark}`);
  const script = block
    .replace("the new key", newKeyText)
    .replaceAll(/(pulumi (?:up|refresh|destroy))\b/g, "$1 --yes --non-interactive");
  const shell = spawn("sh", ["-eu"], {
    cwd: join(on.stack.folder, "program"),
    env: { ...on.stack.env, QWILT_API_KEY: "" },
  });
  let output = "";
  for (const stream of [shell.stdout, shell.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  shell.stdin.end(script);
  const code = await new Promise((resolve) => shell.once("close", resolve));
  expect([code, output]).toEqual([0, expect.any(String)]);
  return output;
}

// The tests share one stack: each continues where the previous one ended.
let old: Key;
let current: Key;

test("after the key in the configuration was renewed, refresh, destroy and --refresh are refused with the earlier one", async () => {
  old = await newKey();
  await store(old);
  site("a.example.com");
  await succeeds(["up", ...YES]);
  await revoke(old);
  current = await newKey();
  await store(current);
  const before = await resources();
  await isRefused(["refresh", ...YES]);
  await isRefused(["destroy", ...YES]);
  await isRefused(["preview", "--refresh"]);
  await isRefused(["up", "--refresh", ...YES]);
  expect(await resources()).toEqual(before);
});

test("the remedies of the error work: the variable in each command, with a warning", async () => {
  const env = { QWILT_API_KEY: current.text };
  for (const args of [
    ["refresh", ...YES],
    ["preview", "--refresh"],
    ["refresh", "--preview-only"],
  ]) {
    const run = await succeeds(args, env);
    expect(run.all).toMatch(
      /warning: Qwilt rejected qwilt:apiKey of the stack: this run uses QWILT_API_KEY in the env/,
    );
    expect(run.all).not.toContain(current.text);
  }
});

test("the remedies of the error work: --run-program, which also stores the new key for those that follow", async () => {
  await succeeds(["preview", "--refresh", "--run-program"]);
  await succeeds(["refresh", "--run-program", ...YES]);
  await succeeds(["refresh", ...YES]);
});

test("the remedies of the error work: `pulumi up`, also where it deletes or changes one resource only", async () => {
  site("a.example.com", `new q.Site("other", { siteName: "b.example.com" });`);
  await succeeds(["up", ...YES]);
  await revoke(current);
  current = await newKey();
  await store(current);
  site("a.example.com");
  await succeeds(["up", ...YES]);
  await succeeds(["refresh", ...YES]);
});

test("docs, key in the configuration: the commands work as written, with the earlier key already revoked", async () => {
  await revoke(current);
  current = await newKey();
  await follow("rotate-api-key", current.text);
  await succeeds(["refresh", ...YES]);
});

test("docs, nothing stored: the commands work as written, and neither state nor backend contains the key", async () => {
  await follow("unstore-api-key", current.text);
  expect(await state()).not.toContain(current.text);
  const run = await pulumi(["refresh", ...YES]);
  expect([run.code === 0, run.all]).toEqual([false, expect.stringContaining("[QWILT_CONFIG_MISSING]")]);
  await succeeds(["refresh", ...YES], { QWILT_API_KEY: current.text });
  const files = readdirSync(join(on.stack.folder, "state"), { recursive: true, encoding: "utf8" })
    .map((file) => join(on.stack.folder, "state", file))
    .filter((file) => statSync(file).isFile() && !/history|backups/.test(file));
  for (const file of files) expect(readFileSync(file, "utf8")).not.toContain("qwilt:apiKey");
});

test("a key that is stored after the last up is missing in refresh, and each remedy of that error works", async () => {
  await store(current);
  const run = await pulumi(["refresh", ...YES]);
  expect([run.code === 0, run.all]).toEqual([false, expect.stringContaining("[QWILT_CONFIG_MISSING]")]);
  expect(run.all).toMatch(
    /set QWILT_API_KEY in the environment[\s\S]*pulumi config set --secret qwilt:apiKey[\s\S]*--run-program/,
  );
  await succeeds(["refresh", ...YES], { QWILT_API_KEY: current.text });
  await succeeds(["refresh", "--run-program", ...YES]);
});

test("refresh uses the endpoint of the last up after it changed; --run-program and `pulumi up` use the new one", async () => {
  const endpoint = (url: string) => pulumi(["config", "set", "qwilt:endpoint", url]);
  // Nothing listens there.
  await endpoint("http://127.0.0.1:1");
  await succeeds(["up", ...YES]);
  await endpoint(on.emulator.api);
  const run = await pulumi(["refresh", ...YES]);
  expect([run.code === 0, run.all]).toEqual([false, expect.stringMatching(/QWILT_API_UNREACHABLE/)]);
  expect(run.all).toContain("--run-program");
  await succeeds(["refresh", "--run-program", ...YES]);
  await succeeds(["refresh", ...YES]);
});

test("destroy works with --run-program after the key was renewed", async () => {
  await revoke(current);
  current = await newKey();
  await store(current);
  await isRefused(["destroy", ...YES]);
  await succeeds(["destroy", "--run-program", ...YES]);
  expect((await on.emulator.call("GET", "/api/v2/sites")).body).toEqual([]);
});
