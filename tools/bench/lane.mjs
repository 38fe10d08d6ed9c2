// One project with its own state, and what each CLI command on it costs.
import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const SAMPLE_MS = 100;

/**
 * @param options `folder`, `program` (JavaScript), `env` of the CLI, `packages` (name to CommonJS text), `files` (name to
 *   text; a Pulumi.yaml replaces the one of a JavaScript program)
 */
export function createLane({ folder, program, env, packages = {}, files = {} }) {
  const project = join(folder, "project");
  mkdirSync(join(folder, "state"), { recursive: true });
  mkdirSync(project);
  writeFileSync(join(project, "Pulumi.yaml"), "name: bench\nruntime: nodejs\n");
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "bench", private: true, main: "index.js" }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(project, name)), { recursive: true });
    writeFileSync(join(project, name), text);
  }
  for (const [name, text] of Object.entries(packages)) {
    mkdirSync(join(project, "node_modules", name), { recursive: true });
    writeFileSync(join(project, "node_modules", name, "index.js"), text);
  }
  writeFileSync(join(project, "index.js"), program);
  const whole = {
    ...env,
    PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
    PULUMI_HOME: join(folder, "home"),
    PULUMI_CONFIG_PASSPHRASE: "bench",
    NO_COLOR: "1",
  };
  return {
    sites: (text) => writeFileSync(join(project, "sites.json"), text),
    run: (...args) => measured(args, project, whole),
    exported: async () => (await measured(["stack", "export"], project, whole)).stdout,
  };
}

/** @returns wall time, peak memory of the provider process, and the output */
async function measured(args, cwd, env) {
  const started = performance.now();
  const child = spawn("pulumi", [...args, "--non-interactive", "--color", "never"], { cwd, env });
  let stdout = "";
  let all = "";
  child.stdout.on("data", (data) => {
    stdout += data;
    all += data;
  });
  child.stderr.on("data", (data) => {
    all += data;
  });
  const peaks = new Map();
  const sampling = setInterval(() => samplePeaks(child.pid, peaks), SAMPLE_MS);
  const code = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  clearInterval(sampling);
  if (code !== 0) throw new Error(`pulumi ${args.join(" ")} ended with ${code}:\n${all}`);
  return { ms: performance.now() - started, peakMb: Math.max(0, ...peaks.values()), stdout };
}

/**
 * The peak memory of the provider processes below `parent`; each process records its own peak, so samples miss little.
 */
function samplePeaks(parent, peaks) {
  for (const pid of descendants(parent)) {
    const command = read(`/proc/${pid}/cmdline`);
    if (!command.includes("dynamic-provider") && !command.includes("dist/plugin/")) continue;
    const kilobytes = /^VmHWM:\s+(\d+) kB/m.exec(read(`/proc/${pid}/status`))?.[1];
    if (kilobytes !== undefined) peaks.set(pid, Math.round(Number(kilobytes) / 1024));
  }
}

function descendants(pid) {
  const children = [];
  for (const thread of list(`/proc/${pid}/task`)) {
    children.push(...read(`/proc/${pid}/task/${thread}/children`).split(" ").filter(Boolean));
  }
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function read(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    // The process has ended.
    return "";
  }
}
