/** What must hold for every recorded state: this version continues from it as if it had written it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inWords } from "../support/emulator/emulator-process.ts";
import { keyCanaries, leaks } from "../support/x509/key-canaries.ts";
import { HOSTS, ROTATIONS } from "./programs.ts";
import {
  CONTENTS_FILE,
  programFiles,
  type RecordedState,
  type Restored,
  restore,
  rotate,
  STATE_FILE,
} from "./recorded-state.ts";

const PRIVATE_KEY = /-----BEGIN (?:\w+ )?PRIVATE KEY-----[\s\S]+?-----END (?:\w+ )?PRIVATE KEY-----\n?/g;
/** Calls that change what a site serves. */
const MOVES = /^(unlink|link$|publish|republish|un-publish)/;

/** The tests share one stack: each continues where the previous one ended. */
export function takesOver(recorded: RecordedState): void {
  describe(`the state that ${recorded.release} wrote for the program ${recorded.name}`, () => {
    let at: Restored;
    beforeAll(async () => {
      at = await restore(recorded);
    });
    afterAll(() => at?.close());
    const changes = async (since: number) => (await at.emulator.ledger(since)).filter(({ method }) => method !== "GET");
    const served = async () =>
      (await at.emulator.edgeNow()).map(({ host, certificateId }) => ({ host, certificateId }));

    test("contains none of the keys that the program or Qwilt has, and no address of a machine", async () => {
      const text = readFileSync(join(recorded.folder, STATE_FILE), "utf8");
      const shown = JSON.stringify(await at.stack.exported());
      const contents = readFileSync(join(recorded.folder, CONTENTS_FILE), "utf8").replaceAll("\\n", "\n");
      const keys = [contents, ...Object.values(programFiles(recorded.folder))].join("\n").match(PRIVATE_KEY) ?? [];
      expect(keys).not.toEqual([]);
      const canaries = keys.flatMap(keyCanaries);
      expect([...leaks(text, canaries), ...leaks(shown, canaries)]).toEqual([]);
      expect(text).not.toMatch(/PRIVATE KEY|127\.0\.0\.1|localhost/);
    });

    test("is refreshed without a change", async () => {
      const since = await at.emulator.mark();
      await at.stack.refresh("--expect-no-changes");
      expect(await changes(since)).toEqual([]);
    });

    test("leads to an empty preview of the unchanged program", async () => {
      await at.stack.preview("--expect-no-changes");
    });

    test("rotates: the new certificate is linked and published once, the last thing is to delete the old one", async () => {
      const [since, before] = [await at.emulator.mark(), await served()];
      expect(before.map(({ host }) => host).sort()).toEqual([...HOSTS].sort());
      await rotate(at.stack, ROTATIONS.next);
      const words = (await changes(since)).map((row) => inWords(row).split(" ")[0] ?? "");
      expect(words.filter((word) => MOVES.test(word))).toEqual(["unlink", "link", "republish"]);
      expect(words.at(-1)).toMatch(/^delete$/i);
      const after = await served();
      expect(after.map(({ host }) => host).sort()).toEqual([...HOSTS].sort());
      const old = before.map(({ certificateId }) => certificateId);
      expect(after.filter(({ certificateId }) => certificateId === null || old.includes(certificateId))).toEqual([]);
      await at.stack.preview("--expect-no-changes");
    });

    test("is destroyed, and nothing is left", async () => {
      await at.stack.destroy();
      await nothingLeft(at, recorded.name);
    });
  });
}

/** As the very first command of this version on the state. */
export function destroys(recorded: RecordedState): void {
  test(`the state that ${recorded.release} wrote for the program ${recorded.name} is destroyed at once, and nothing is left`, async () => {
    const at = await restore(recorded);
    try {
      await at.stack.destroy();
      await nothingLeft(at, recorded.name);
    } finally {
      await at.close();
    }
  });
}

async function nothingLeft({ stack, emulator }: Restored, program: string): Promise<void> {
  expect((await stack.exported()).deployment.resources ?? []).toEqual([]);
  const left = async (path: string) => (await emulator.call("GET", path)).body;
  expect(await left("/api/v2/sites")).toEqual([]);
  expect(await left("/api/v2/certificate-templates")).toEqual([]);
  // Certificates issued by Qwilt stay in its pool.
  if (program !== "managed") expect(await left("/api/v2/certificates")).toEqual([]);
  expect(await emulator.edgeNow()).toEqual([]);
}
