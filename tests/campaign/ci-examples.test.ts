/**
 * examples/ci: the shell steps of the workflows, executed with the real CLI on the emulator. The comment APIs of GitHub and
 * GitLab are a small server on loopback.
 */
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { page, ROOT } from "../docs/generated.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { type CommentServer, startCommentServer } from "../support/programs/comment-server.ts";
import { HOSTS, siteProgram } from "../support/programs/site-program.ts";
import { type Material, materials } from "../support/x509/materials.ts";

interface Step {
  readonly name?: string;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
}

const WORKFLOWS = join(ROOT, "examples/ci/github");
const on = stackOfFile();
let comments: CommentServer;
let [first, second, third]: (Material | undefined)[] = [];

const live = (material: Material | undefined, link: string | false = "") => {
  if (material === undefined) throw new Error("there is no such certificate");
  return siteProgram({ material, link });
};

beforeAll(async () => {
  [first, second, third] = await materials(3, HOSTS);
  comments = await startCommentServer();
  const program = join(on.stack.folder, "program");
  cpSync(join(ROOT, "examples/ci/scripts"), join(program, "ci"), { recursive: true });
  mkdirSync(join(program, "node_modules/.bin"), { recursive: true });
  symlinkSync(join(ROOT, "bin/pulumi-qwilt.js"), join(program, "node_modules/.bin/pulumi-qwilt"));
  symlinkSync(join(ROOT, "emulator/bin/qwilt-emulator.js"), join(program, "node_modules/.bin/qwilt-emulator"));
  on.stack.write(live(first));
  await on.stack.up();
}, 180_000);
afterAll(() => comments?.close());

const served = async () =>
  (await on.emulator.edgeNow()).filter(({ target }) => target === "ga").map(({ certificateId }) => certificateId);

function execute(command: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv) {
  return new Promise<{ code: number; all: string }>((resolve) => {
    const child = execFile(command, args, { cwd, env, maxBuffer: 2 ** 26 }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode ?? -1, all: stdout + stderr }),
    );
  });
}

/** What the runner provides; credentials only come from the environment that the workflow declares. */
function runner(): NodeJS.ProcessEnv {
  const { QWILT_API_KEY: _key, ...env } = on.stack.env;
  return { ...env, GITHUB_STEP_SUMMARY: join(on.stack.folder, "summary.txt") };
}

async function shell(script: string, env: NodeJS.ProcessEnv) {
  writeFileSync(join(on.stack.folder, "summary.txt"), "");
  const ended = await execute("bash", ["-e", "-c", script], join(on.stack.folder, "program"), { ...runner(), ...env });
  return { ...ended, summary: readFileSync(join(on.stack.folder, "summary.txt"), "utf8") };
}

/** Executes the step of a GitHub workflow, with its environment and that of its job. */
function step(file: string, name: string, more: NodeJS.ProcessEnv = {}) {
  const { jobs } = parse(readFileSync(join(WORKFLOWS, file), "utf8")) as {
    jobs: Record<string, { env?: Record<string, string>; steps: Step[] }>;
  };
  const [job] = Object.values(jobs);
  const found = job?.steps.find((one) => one.name === name);
  if (found?.run === undefined) throw new Error(`${file} has no step "${name}"`);
  const values: Record<string, string> = {
    "secrets.QWILT_API_KEY": on.emulator.apiKey,
    "secrets.PULUMI_ACCESS_TOKEN": "",
    "github.token": "token-of-the-job",
    "github.event.pull_request.number": "7",
  };
  const env = Object.entries({ ...job?.env, ...found.env }).map(([key, text]) => {
    const value = text.replace(/\$\{\{ (\S+) \}\}/g, (_all, expression: string) => {
      const known = values[expression];
      if (known === undefined) throw new Error(`${file} uses ${expression}`);
      return known;
    });
    return [key, value];
  });
  const github = { GITHUB_API_URL: comments.url, GITHUB_REPOSITORY: "acme/infrastructure" };
  return shell(found.run, { ...github, ...Object.fromEntries(env), ...more });
}

function gitlabJob(name: string) {
  const file = parse(page("examples/ci/gitlab-ci.yml")) as Record<
    string,
    { script?: string[]; variables?: Record<string, string> }
  >;
  const script = file[name]?.script;
  if (script === undefined) throw new Error(`gitlab-ci.yml has no job "${name}"`);
  return shell(script.join("\n"), {
    ...(file.variables as Record<string, string>),
    ...file[name]?.variables,
    GITLAB_CI: "true",
    CI_API_V4_URL: comments.url,
    CI_PROJECT_ID: "5",
    CI_MERGE_REQUEST_IID: "7",
    GITLAB_TOKEN: "token-of-the-project",
    QWILT_API_KEY: on.emulator.apiKey,
    GITHUB_STEP_SUMMARY: "",
  });
}

test("GitHub: a rotation is one comment, which the next run updates; nobody else's comment is touched", async () => {
  comments.add("mallory", "<!-- pulumi-qwilt report: prod -->\nall good");
  for (let count = 0; count < 100; count += 1) comments.add("somebody", "talk");
  on.stack.write(live(second));
  const { code, summary, all } = await step("qwilt-preview.yml", "Preview");
  expect([code, all]).toEqual([0, expect.any(String)]);
  expect(summary).toContain("**Risk: brief.**");
  // By its host, although the site itself is unchanged.
  expect(summary).toMatch(/^### www\.example\.com: brief$/m);
  expect(await step("qwilt-preview.yml", "Comment")).toMatchObject({ code: 0 });
  expect(comments.of("github-actions[bot]")).toEqual([`<!-- pulumi-qwilt report: prod -->\n${summary}`]);

  on.stack.write(live(first));
  const next = await step("qwilt-preview.yml", "Preview");
  expect(await step("qwilt-preview.yml", "Comment")).toMatchObject({ code: 0 });
  expect(comments.of("github-actions[bot]")).toEqual([`<!-- pulumi-qwilt report: prod -->\n${next.summary}`]);
  expect(next.summary).toContain("**Risk: none.**");
  expect(next.summary).toMatch(/^\| Certificate www \| expires in \d+ days .* your program only/m);
  expect(comments.of("mallory")).toEqual(["<!-- pulumi-qwilt report: prod -->\nall good"]);
});

test("a removed link fails the job only with FAIL_ON=review; a program that fails always does, with a report", async () => {
  on.stack.write(live(first, false));
  expect(await step("qwilt-preview.yml", "Preview")).toMatchObject({ code: 0 });
  expect(await step("qwilt-preview.yml", "Preview", { FAIL_ON: "review" })).toMatchObject({ code: 1 });
  on.stack.write(`throw new Error("no vault today");`);
  const { code, summary } = await step("qwilt-preview.yml", "Preview");
  expect([code === 0, summary]).toEqual([false, expect.stringContaining("**Risk: stop.**")]);
});

test("GitLab: the same report is one note, which the next run updates", async () => {
  on.stack.write(live(second));
  for (let run = 0; run < 2; run += 1) expect(await gitlabJob("preview")).toMatchObject({ code: 0 });
  expect(comments.of("project-bot")).toEqual([expect.stringContaining("**Risk: brief.**")]);
});

test("nightly: a change that needs a decision is not made; a rotation is, and the report has its result", async () => {
  const before = await on.emulator.edgeNow();
  on.stack.write(live(first, false));
  const refused = await step("qwilt-nightly.yml", "Preview, then up");
  expect([refused.code, refused.summary]).toEqual([1, expect.stringContaining("**Nothing was changed.**")]);
  expect(await on.emulator.edgeNow()).toEqual(before);

  on.stack.write(live(second));
  const { code, summary } = await step("qwilt-nightly.yml", "Preview, then up");
  expect([code, summary]).toEqual([
    0,
    expect.stringMatching(/Risk: brief[\s\S]*`pulumi up` succeeded[\s\S]*linked 2, was 1/),
  ]);
  expect(summary).not.toMatch(new RegExp(`PRIVATE KEY|${on.emulator.apiKey}`));
  expect(await served()).toEqual([2, 2]);

  on.stack.write(live(third));
  await on.emulator.fault({ match: { method: "POST", route: "/api/v2/certificates" }, effect: { status: 400 } });
  const failed = await step("qwilt-nightly.yml", "Preview, then up");
  expect([failed.code === 0, failed.summary]).toEqual([
    false,
    expect.stringMatching(/`pulumi up` failed \(exit code \d+\)/),
  ]);
  on.stack.write(live(second));
  await on.stack.up();
});

test("drift: none after a run; a link that somebody removed fails the job, with what `pulumi up` will do", async () => {
  // The program is not needed.
  on.stack.write(`throw new Error("no vault today");`);
  const none = await step("qwilt-drift.yml", "Drift");
  expect([none.code, none.summary]).toEqual([0, "No drift: prod matches what exists at Qwilt.\n"]);
  const [site] = (await on.emulator.call("GET", "/api/v2/sites")).body as { siteId: string }[];
  await on.emulator.call("DELETE", `/api/v2/sites/${site?.siteId}/certificates/2`);
  const { code, summary } = await step("qwilt-drift.yml", "Drift");
  expect([code === 0, summary]).toEqual([
    false,
    expect.stringMatching(/www\.example\.com[\s\S]*certificate 2 was unlinked[\s\S]*link 2/),
  ]);
  on.stack.write(live(second));
  await on.stack.refresh();
  await on.stack.up();
  expect(await served()).toEqual([2, 2]);
});

test("on the emulator: the program is created, has nothing left to do, and is removed, without any secret", async () => {
  on.stack.write(live(first));
  const mark = await on.emulator.mark();
  const { code, all } = await step("qwilt-test.yml", "Test on the emulator", { QWILT_ENDPOINT: undefined });
  expect([code, all]).toEqual([0, expect.stringMatching(/6 created[\s\S]*6 deleted/)]);
  expect(await on.emulator.mark()).toBe(mark);
});
