// One site as a program in YAML and in JavaScript, with both ways to the package: how long an empty preview takes, in one
// run on one machine.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths.mjs";
import { createLane } from "./lane.mjs";
import { isOurs, sitesFile, sitesProgram } from "./programs.mjs";

const TURNS = 5;

/** @returns `{ name, seconds, stateBytes }` of each program; the seconds are a median */
export async function measurePrograms({ folder, issue, startEmulator }) {
  const host = "www.example.com";
  const { leaf, chain, key } = await issue([host]);
  const certificate = { "certificate/leaf.pem": leaf, "certificate/chain.pem": chain, "certificate/key.pem": key };
  const sites = await sitesFile(1, issue);
  const yaml = readFileSync(join(root, "examples/rotation-yaml/Pulumi.yaml"), "utf8");
  const lanes = [
    { name: "YAML, native provider", files: { "Pulumi.yaml": yaml, ...certificate }, program: "" },
    { name: "JavaScript, native provider", files: { "sites.json": sites }, program: sitesProgram("native") },
    { name: "JavaScript, dynamic resources", files: { "sites.json": sites }, program: sitesProgram("dynamic") },
  ];
  const emulators = [];
  try {
    const prepared = [];
    for (const [index, { name, files, program }] of lanes.entries()) {
      const emulator = await startEmulator();
      emulators.push(emulator);
      const lane = createLane({
        folder: join(folder, `program-${index}`),
        program,
        files,
        env: {
          ...process.env,
          PATH: [join(root, "dist/plugin"), ...languageFolders(), process.env.PATH].join(":"),
          QWILT_ENDPOINT: emulator.api,
          QWILT_API_KEY: emulator.apiKey,
        },
      });
      await lane.run("stack", "init", "bench");
      await lane.run("config", "set", "qwilt:edgeAddress", emulator.edge);
      await lane.run("up", "--yes", "--skip-preview");
      const own = JSON.parse(await lane.exported()).deployment.resources.filter(isOurs);
      const bare = own.map(({ sourcePosition: _p, stackTrace: _t, ...rest }) => rest);
      prepared.push({ name, lane, stateBytes: Buffer.byteLength(JSON.stringify(bare)), times: [] });
    }
    // By turns, so that a slow minute of the machine hits all of them.
    for (let turn = 0; turn < TURNS; turn++) {
      for (const { lane, times } of prepared) times.push((await lane.run("preview", "--expect-no-changes")).ms);
    }
    return prepared.map(({ name, stateBytes, times }) => {
      const [median] = times.sort((a, b) => a - b).slice(Math.floor(TURNS / 2));
      return { name, stateBytes, seconds: median / 1000 };
    });
  } finally {
    for (const emulator of emulators) emulator.process.kill("SIGTERM");
  }
}

/** Of the language hosts, which the campaigns build too. */
function languageFolders() {
  const { stdout, status, stderr } = spawnSync(process.execPath, [join(root, "tools/languages.mjs")], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`the language hosts were not built: ${stderr}`);
  return JSON.parse(stdout.trim().split("\n").at(-1)).folders;
}
