import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOpener, createSealer } from "../../provider/engine/sealed-private-keys.ts";

const TEXT = "-----BEGIN PRIVATE KEY-----\nMIGH\u00e4AgEA\n-----END PRIVATE KEY-----\n";
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "seal-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("what the program seals, the provider's process unseals", () => {
  const seal = createSealer(folder);
  const open = createOpener(folder);
  expect(open(seal(TEXT))).toBe(TEXT);
  expect(open(seal(""))).toBe("");
});

test("a sealed text reveals nothing, and is different each time", () => {
  const seal = createSealer(folder);
  const [one, two] = [seal(TEXT), seal(TEXT)];
  expect(one).toMatch(/^qwilt-sealed:[0-9a-f]{32}:[\w-]+$/);
  expect(one).not.toBe(two);
});

test("only the user can read the shared file, and it contains no private key", () => {
  const seal = createSealer(folder);
  seal(TEXT);
  seal(TEXT);
  const files = readdirSync(folder);
  expect(files).toHaveLength(1);
  const { mode, size } = statSync(join(folder, files[0] ?? ""));
  expect([mode & 0o777, size]).toEqual([0o600, 32]);
});

test.each([
  ["text", TEXT],
  ["an unknown", "04da6b54-80e4-46f7-96ec-b56ff0331ba9"],
  ["something that begins like a sealed text", "qwilt-sealed:x"],
  ["a number", 25],
  ["nothing", undefined],
  ["a list", ["a"]],
])("%s is left as it is", (_title, value) => {
  expect(createOpener(folder)(value)).toBe(value);
});

test("if the file cannot be written, a text is unchanged", () => {
  expect(createSealer(join(folder, "nowhere"))(TEXT)).toBe(TEXT);
});

test.each<[string, (sealed: string) => string]>([
  ["whose key is gone", (sealed) => sealed.replace(/:[0-9a-f]{32}:/, `:${"0".repeat(32)}:`)],
  ["that was changed", (sealed) => `${sealed.slice(0, -4)}AAAA`],
  ["that was cut", (sealed) => sealed.slice(0, 60)],
])("a sealed text %s is an error without the text", (_title, change) => {
  const sealed = createSealer(folder)(TEXT);
  expect(() => createOpener(folder)(change(sealed))).toThrow("[QWILT_KEY_MISSING]");
});
