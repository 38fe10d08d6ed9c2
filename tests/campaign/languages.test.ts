/** The rotation as a program in YAML, Python and Go: created, rotated under handshakes, refreshed, destroyed. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { ROOT } from "../support/engine/dynamic-process.ts";
import type { Stack } from "../support/engine/stack.ts";
import { sizeOfState } from "../support/engine/state-size.ts";
import { wrongOutputs } from "../support/languages/outputs-in-schema.ts";
import { createProject, generateSdks, type Language, languageHosts } from "../support/languages/project.ts";
import { filesBelow, keyCanaries, leaks } from "../support/x509/key-canaries.ts";
import { type Material, typicalMaterial } from "../support/x509/materials.ts";

const LANGUAGES: readonly Language[] = ["yaml", "python", "go"];
const HOST = "www.example.com";
const MOST_STATE_BYTES = 10 * 1024;
/** The hosts are built and Pulumi's SDKs are installed once. */
const SET_UP_MS = 20 * 60_000;

let hosts: string;
let sdks: string | undefined;
let certificates: Material[];

beforeAll(async () => {
  hosts = await languageHosts();
  sdks = await generateSdks(hosts, mkdtempSync(join(ROOT, ".work", "sdks-")));
  certificates = await Promise.all([40, 50, 60].map((days) => typicalMaterial([HOST], days)));
}, SET_UP_MS);
afterAll(() => {
  if (sdks !== undefined) rmSync(sdks, { recursive: true, force: true });
});

test.each(LANGUAGES)(
  "%s",
  async (language) => {
    const emulator = await startEmulatorProcess();
    let stack: Stack | undefined;
    try {
      const project = await createProject(language, { emulator, hosts, sdks: sdks ?? "" });
      const { use, passKey } = project;
      stack = project.stack;
      const [a, b, c] = certificates;
      if (a === undefined || b === undefined || c === undefined) throw new Error("three certificates were asked for");
      use(a);
      await stack.up();
      await stack.preview("--expect-no-changes");
      expect(await served(emulator)).toEqual([a.fingerprint]);
      const { bytes, stackTraces } = sizeOfState(await stack.exported());
      console.log(`state of a site in ${language}: ${bytes} bytes, and ${stackTraces} of stack traces`);
      expect(bytes).toBeLessThanOrEqual(MOST_STATE_BYTES);

      use(b);
      const preview = await stack.preview();
      expect(preview.all).toMatch(/unlink \d+ -> link the new certificate -> /);
      expect(preview.all).toMatch(/valid until \d{4}-\d\d-\d\d, was \d{4}-\d\d-\d\d/);
      const handshakes = startHandshakes(emulator.edge);
      await stack.up();
      const { failed, total, served: seen } = await handshakes.end();
      expect({ failed, some: total > 0 }).toEqual({ failed: 0, some: true });
      expect(Object.keys(seen).sort()).toEqual([a.fingerprint, b.fingerprint].sort());
      expect(await served(emulator)).toEqual([b.fingerprint]);

      await stack.refresh("--expect-no-changes");
      await stack.preview("--expect-no-changes");

      passKey();
      use(c);
      const runs = [
        await stack.preview("--diff"),
        await stack.up(),
        await stack.refresh(),
        await stack.preview("--json"),
      ];
      expect(await served(emulator)).toEqual([c.fingerprint]);
      const state = await stack.exported();
      const visible = [...runs.map(({ all }) => all), JSON.stringify(state), ...stored(stack)].join("\n");
      expect(visible).toContain(c.fingerprint);
      expect(leaks(visible, keyCanaries(c.key))).toEqual([]);
      const own = (state.deployment.resources ?? []).filter(({ type }) => type.startsWith("qwilt:index:"));
      expect(own.flatMap(({ type, outputs }) => wrongOutputs(type, outputs))).toEqual([]);
      await stack.destroy();
      expect((await emulator.call("GET", "/api/v2/certificates")).body).toEqual([]);
      expect((await emulator.call("GET", "/api/v2/sites")).body).toEqual([]);
    } finally {
      stack?.close();
      await emulator.close();
    }
  },
  SET_UP_MS,
);

/** What the backend stores: states of every run, and their history. */
const stored = ({ folder }: Stack) => filesBelow(join(folder, "state")).map(({ text }) => text);

async function served(emulator: EmulatorProcess): Promise<(string | null)[]> {
  return (await emulator.edgeNow()).filter(({ target }) => target === "ga").map(({ fingerprint }) => fingerprint);
}

interface Handshakes {
  readonly total: number;
  readonly failed: number;
  readonly served: Readonly<Record<string, number>>;
}

/** The stream of the demo, from a process of its own. */
function startHandshakes(edge: string): { end(): Promise<Handshakes> } {
  const child = spawn(process.execPath, [join(ROOT, "tools/demo/handshakes.mjs"), edge, "50", HOST], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let out = "";
  child.stdout.on("data", (data: Buffer) => {
    out += data.toString();
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  return {
    async end() {
      child.stdin.end();
      await ended;
      return JSON.parse(out.trim().split("\n").at(-1) ?? "") as Handshakes;
    },
  };
}
