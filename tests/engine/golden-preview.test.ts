/**
 * What a reviewer reads before a rotation, character by character: tests/golden/rotation-preview.txt, which README.md
 * shows too and which pulumi/actions posts as a comment and a job summary; the same with --diff, and the plan in --json.
 * QWILT_UPDATE_DOCS=1 writes them again.
 *
 * Four things are normalized, and nothing else: the expiry dates of the two certificates, which count from now, become
 * 2026-12-01 and 2027-01-09 as of 2026-11-23; lines that only show that time passes ("@ previewing update....") are
 * left out; so are spaces at the end of a line; the resources under Diagnostics, which are in the order in which their
 * lines arrived, are sorted.
 */
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { expectFile, ROOT } from "../docs/generated.ts";
import { type EmulatorProcess, startEmulatorProcess } from "../support/emulator/emulator-process.ts";
import { createStack, type Stack } from "../support/engine/stack.ts";
import { HOSTS } from "../support/programs/site-program.ts";
import { type Leaf, makeLeaf, sharedKeys } from "../support/x509/factory.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Every terminal color sequence begins with it. */
const ESCAPE = String.fromCharCode(27);

let emulator: EmulatorProcess;
let stack: Stack;
let preview: { text: string; error: string; calls: number };
let details: { stdout: string; stderr: string };
let json: { steps: readonly Step[]; diagnostics: readonly { urn: string; message: string; severity: string }[] };

interface Step {
  readonly op: string;
  readonly urn: string;
}

beforeAll(async () => {
  emulator = await startEmulatorProcess();
  stack = await createStack(emulator, { name: "edge-prod" });
  cpSync(join(ROOT, "examples/rotation"), join(stack.folder, "program"), { recursive: true });
  // The example has its own project name.
  await stack.pulumi(["stack", "init", "edge-prod"]);
  const now = Date.now();
  // The second-to-last rotation: by the next one the stack has seen the site in production.
  await rotateTo(await leafUntil(now + 20 * DAY_MS, 0));
  const last = new Date(now + 8 * DAY_MS + HOUR_MS);
  const current = await leafUntil(last.getTime(), 1);
  await rotateTo(current);
  const next = new Date(now + 47 * DAY_MS - HOUR_MS);
  const wanted = await leafUntil(next.getTime(), 2);
  put(wanted);
  const since = await emulator.mark();
  const run = await stack.preview();
  const dated = (text: string) =>
    text
      .replaceAll(iso(last), "2026-12-01T09:00:00Z")
      .replaceAll(iso(next), "2027-01-09T09:00:00Z")
      .replaceAll(iso(last).slice(0, 10), "2026-12-01")
      .replaceAll(iso(next).slice(0, 10), "2027-01-09");
  const text = trimmed(sortedDiagnostics(dated(run.stdout)));
  preview = { text, error: run.stderr, calls: (await emulator.ledger(since)).length };
  const { stdout, stderr } = await stack.preview("--diff");
  const named = (output: string) =>
    stable([...valuesOf(current, last, "of-the-current"), ...valuesOf(wanted, next, "of-the-next")], dated(output));
  details = { stdout: trimmed(named(stdout)), stderr: trimmed(dated(stderr)) };
  json = JSON.parse(dated((await stack.preview("--json")).stdout));
});
afterAll(async () => {
  stack?.close();
  await emulator?.close();
});

async function leafUntil(end: number, keyIndex: number): Promise<Leaf> {
  const keys = sharedKeys("EC-P256", 100 + keyIndex);
  return makeLeaf({ names: HOSTS, keys, notBefore: new Date(end - 47 * DAY_MS), notAfter: new Date(end) });
}

/** What a detailed diff shows of a certificate, with its name in place of each value. */
function valuesOf({ certificate }: Leaf, end: Date, name: string): [string, string][] {
  const facts = certificateFacts(certificate);
  return [
    [facts.fingerprint, `fingerprint-${name}`],
    [facts.publicKeyHash, `key-${name}`],
    [facts.serialNumber, `serial-number-${name}`],
    [
      iso(new Date(end.getTime() - 47 * DAY_MS)),
      name === "of-the-next" ? "2026-11-23T09:00:00Z" : "2026-10-15T09:00:00Z",
    ],
  ];
}

/** Base64 lines of PEM, which differ in every run, become one. */
function stable(values: readonly [string, string][], text: string): string {
  const named = values.reduce((rest, [value, name]) => rest.replaceAll(value, name), text);
  return named
    .replace(/(^ *[-+~ ]*[A-Za-z0-9+/=]{40,}\n)+/gm, "(PEM)\n")
    .replace(/\b[0-9a-f]{24}\b/g, "0123456789abcdef01234567");
}

function put(leaf: Leaf): void {
  const folder = join(stack.folder, "program/certificate");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "leaf.pem"), leaf.certificate);
  writeFileSync(join(folder, "chain.pem"), leaf.certificateChain);
  writeFileSync(join(folder, "key.pem"), leaf.privateKey);
}

async function rotateTo(leaf: Leaf): Promise<void> {
  put(leaf);
  await stack.up();
}

function trimmed(text: string): string {
  const lines = text.split("\n").filter((line) => !line.startsWith("@ "));
  return `${lines
    .map((line) => line.trimEnd())
    .join("\n")
    .trim()}\n`;
}

function sortedDiagnostics(text: string): string {
  const [before, rest] = text.split("Diagnostics:\n");
  const [blocks, after] = rest?.split("\n\nOutputs:") ?? [];
  if (before === undefined || blocks === undefined || after === undefined) return text;
  return `${before}Diagnostics:\n${blocks.trimEnd().split("\n\n").sort().join("\n\n")}\n\nOutputs:${after}`;
}

/** With the precision of a certificate: whole seconds. */
const iso = (date: Date) => `${date.toISOString().slice(0, 19)}Z`;

test("the preview of a rotation is the golden text, and made no call", () => {
  expectFile("tests/golden/rotation-preview.txt", preview.text);
  expect(preview.calls).toBe(0);
});

test("it reads well as a pull-request comment: plain text on standard output, no stack trace, nothing on standard error", () => {
  expect(preview.error).toBe("");
  expect(preview.text).not.toContain(ESCAPE);
  expect(preview.text).not.toMatch(/\bat .*\.[jt]s:\d|node_modules|Warning:/);
});

test("each finding is shown once under Diagnostics, under the resource that it is about", () => {
  const [, diagnostics = ""] = preview.text.split("Diagnostics:\n");
  const said = diagnostics
    .split("\n\nOutputs:")[0]
    ?.split("\n")
    .filter((line) => line.startsWith("    "));
  expect(said?.length).toBeGreaterThan(0);
  expect(new Set(said).size).toBe(said?.length);
});

test("with --diff, whose messages go to standard error without their resource, each line starts with the resource", () => {
  expectFile("tests/golden/rotation-preview-diff.txt", details.stderr);
});

test("with --diff, standard output has each resource with what changes of it", () => {
  expectFile("tests/golden/rotation-preview-diff-stdout.txt", details.stdout);
});

test("in --json the plan is a diagnostic with the URN of its resource", () => {
  const nameOf = (urn: string) => urn.split("::").slice(2).join(" ");
  const steps = json.steps.filter(({ op }) => op !== "same").map(({ op, urn }) => `${op} ${nameOf(urn)}`);
  const said = json.diagnostics.map(({ urn, message, severity }) => `${severity} ${nameOf(urn)}: ${message.trim()}`);
  expectFile("tests/golden/rotation-preview-json.txt", `${[...steps, "", ...said.sort()].join("\n")}\n`);
});
