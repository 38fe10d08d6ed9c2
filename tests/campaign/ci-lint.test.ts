/** examples/ci: actionlint accepts the GitHub workflows, and GitLab's published schema the pipeline. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { page, ROOT } from "../docs/generated.ts";

const WORKFLOWS = join(ROOT, "examples/ci/github");
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "ci-lint-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function execute(command: string, args: readonly string[], cwd = folder) {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, encoding: "utf8" });
  return { code: status, all: stdout + stderr };
}

test("actionlint accepts the GitHub workflows, and rejects a wrong one", async () => {
  // An ES module; the path is not a literal, so that the compiler does not look for its types.
  const tool = "../../tools/actionlint.mjs";
  const { ensureActionlint } = (await import(tool)) as { ensureActionlint: () => Promise<{ actionlint: string }> };
  const { actionlint } = await ensureActionlint();
  const files = readdirSync(WORKFLOWS).map((file) => join(WORKFLOWS, file));
  expect(files).toHaveLength(4);
  const lint = (...paths: string[]) => execute(actionlint, ["-shellcheck=", "-pyflakes=", ...paths], ROOT);
  expect(lint(...files)).toEqual({ code: 0, all: "" });
  const wrong = join(folder, "wrong.yml");
  const preview = readFileSync(join(WORKFLOWS, "qwilt-preview.yml"), "utf8");
  writeFileSync(wrong, preview.replace("secrets.QWILT", "secret.QWILT"));
  expect(lint(wrong)).toMatchObject({ code: 1, all: expect.stringContaining('undefined variable "secret"') });
});

test("every workflow has least permissions, and every action a major version", () => {
  for (const file of readdirSync(WORKFLOWS)) {
    const { permissions, jobs } = parse(readFileSync(join(WORKFLOWS, file), "utf8"));
    const comment = file === "qwilt-preview.yml" ? { "pull-requests": "write" } : {};
    expect([file, permissions]).toEqual([file, { contents: "read", ...comment }]);
    const [job] = Object.values(jobs) as { steps: { uses?: string }[] }[];
    for (const { uses } of job?.steps ?? []) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
  }
});

test("GitLab's published schema, as gitlab-ci-local contains it, accepts the pipeline and rejects a wrong one", () => {
  // gitlab-ci-local only works in a clone.
  execute("git", ["init", "-q"]);
  execute("git", ["remote", "add", "origin", "git@gitlab.example.com:acme/infrastructure.git"]);
  const identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
  execute("git", [...identity, "commit", "-q", "--allow-empty", "-m", "first"]);
  const list = (text: string) => {
    writeFileSync(join(folder, ".gitlab-ci.yml"), text);
    const command = join(ROOT, "node_modules/gitlab-ci-local/dist/index.js");
    return execute(process.execPath, [command, "--list-all"]);
  };
  const text = page("examples/ci/gitlab-ci.yml");
  expect(list(text)).toEqual({ code: 0, all: expect.stringMatching(/json schema validated/) });
  const { code, all } = list(text.replace("when: always", "when: allways"));
  expect([code, all]).toEqual([1, expect.stringContaining("at nightly.artifacts.when")]);
});
