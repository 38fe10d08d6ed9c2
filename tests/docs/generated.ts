/** Parts of documents that are generated from the code: `<!-- generated: NAME -->` ... `<!-- end -->`. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(__dirname, "../..");

/** QWILT_UPDATE_DOCS=1 rewrites what would fail; otherwise a difference fails the test. */
const rewrite = process.env.QWILT_UPDATE_DOCS === "1";

export function page(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** Files of the repository. */
export function trackedFiles(): string[] {
  const listed = execFileSync("git", ["ls-files", "-z"], { cwd: ROOT, encoding: "utf8" });
  return listed.split("\0").filter((file) => file !== "" && existsSync(join(ROOT, file)));
}

/** Compares a part of a document with its expected text, both without surrounding line breaks. */
export function expectGenerated(path: string, name: string, wanted: string): void {
  const text = page(path);
  const [start, end] = [`<!-- generated: ${name} -->\n`, "<!-- end -->"];
  const from = text.indexOf(start);
  const to = text.indexOf(end, from);
  if (from === -1 || to === -1) throw new Error(`${path} has no part "${start.trim()}" ... "${end}"`);
  const body = `${wanted.trim()}\n`;
  const found = text.slice(from + start.length, to);
  if (rewrite && found !== body) {
    writeFileSync(join(ROOT, path), `${text.slice(0, from + start.length)}${body}${text.slice(to)}`);
    return;
  }
  expect(found).toBe(body);
}

/** Compares a whole file. */
export function expectFile(path: string, wanted: string): void {
  const whole = join(ROOT, path);
  const found = existsSync(whole) ? readFileSync(whole, "utf8") : undefined;
  if (rewrite && found !== wanted) {
    writeFileSync(whole, wanted);
    return;
  }
  expect(found).toBe(wanted);
}

/** The fenced code blocks of a language, in order. */
export function codeBlocks(path: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...page(path).matchAll(fence)].map(([, code = ""]) => code);
}
