import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { LINT_RULES } from "../../provider/x509/finding-catalog.ts";
import { type LintInput, lintCertificate } from "../../provider/x509/lint/lint.ts";
import {
  type Bundle,
  brokenLeaves,
  brokenOpensslLeaves,
  brokenSigners,
  brokenTexts,
} from "../support/x509/broken-corpus.ts";
import { brokenPaths } from "../support/x509/broken-paths.ts";
import { type GoodBundle, goodPaths, goodShapes, goodTexts } from "../support/x509/good-corpus.ts";
import { opensslPki, peculiarPki } from "../support/x509/pki.ts";

let broken: readonly Bundle[];
let good: readonly GoodBundle[];

beforeAll(async () => {
  const ec = await peculiarPki("EC-P256", "Example EC");
  const rsa = await peculiarPki("RSA-2048", "Example RSA");
  const opensslEc = opensslPki("EC-P384", "Openssl EC");
  const opensslRsa = opensslPki("RSA-3072", "Openssl RSA");
  const now = Date.now();
  broken = [
    ...brokenTexts(ec, rsa, now),
    ...brokenTexts(rsa, opensslEc, now),
    ...brokenTexts(opensslEc, opensslRsa, now),
    ...brokenTexts(opensslRsa, ec, now),
    ...(await brokenLeaves(ec.lower, now)),
    ...(await brokenLeaves(rsa.lower, now)),
    ...brokenOpensslLeaves(opensslEc, now),
    ...brokenOpensslLeaves(opensslRsa, now),
    ...(await brokenSigners(now)),
    ...brokenPaths(now),
  ];
  good = [
    ...[ec, rsa, opensslEc, opensslRsa].flatMap((pki) => goodTexts(pki, now)),
    ...(await goodShapes(now)),
    ...goodPaths(now),
  ];
}, 60_000);

const codesOf = (input: LintInput) => [...new Set(lintCertificate(input).map(({ code }) => code))].sort();

test("each of at least 100 broken bundles has exactly its findings", () => {
  expect(broken.length).toBeGreaterThanOrEqual(100);
  const wrong = broken.flatMap(({ title, input, codes }) => {
    const found = codesOf(input);
    return JSON.stringify(found) === JSON.stringify([...codes].sort()) ? [] : [{ title, wanted: codes, found }];
  });
  expect(wrong).toEqual([]);
});

test("each of at least 60 good bundles has no finding", () => {
  expect(good.length).toBeGreaterThanOrEqual(60);
  expect(good.flatMap(({ title, input }) => lintCertificate(input).map((finding) => ({ title, ...finding })))).toEqual(
    [],
  );
});

test("every rule is broken at least twice", () => {
  const counts = new Map<string, number>(LINT_RULES.map(({ code }) => [code, 0]));
  for (const code of broken.flatMap(({ codes }) => codes)) counts.set(code, (counts.get(code) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count < 2)).toEqual([]);
});

test("the example of each rule in docs/lint.md is what the linter says", () => {
  // Removes what differs from case to case: names in brackets, quotes and backticks, numbers, dates, host names.
  const shape = (message: string) =>
    message.replace(/\([^)]*\)|"[^"]*"|`[^`]*`|\S*\d\S*|[\w*-]+(?:\.[\w*-]+)+,?/g, "_");
  const said = new Set(
    broken.flatMap(({ input }) => lintCertificate(input)).map((each) => `${each.code} ${shape(each.message)}`),
  );
  const page = readFileSync(join(__dirname, "../../docs/lint.md"), "utf8");
  const examples = [...page.matchAll(/^### (\S+)$[\s\S]*?^> (.+)$/gm)].map(
    ([, code, text = ""]) => `${code} ${shape(text)}`,
  );
  expect(examples).toHaveLength(LINT_RULES.length);
  expect(examples.filter((example) => !said.has(example))).toEqual([]);
});

test("a finding can be suppressed by its code, and by nothing else", () => {
  for (const { title, input, codes } of broken) {
    const [first = "", ...others] = [...codes].sort();
    expect([title, ...codesOf({ ...input, allow: [first] })]).toEqual([title, ...others]);
  }
});

test("errors come before warnings", () => {
  for (const { input } of broken) {
    const severities = lintCertificate(input).map(({ severity }) => severity);
    expect(severities).toEqual([...severities].sort());
  }
});

test("no finding quotes a field", () => {
  for (const { input } of broken) {
    const said = JSON.stringify(lintCertificate(input));
    for (const text of [input.certificate, input.certificateChain ?? "", input.privateKey ?? ""]) {
      const longLines = text.split(/\s+|\\n/).filter((line) => line.length > 20 && !line.startsWith("-----"));
      expect(longLines.filter((line) => said.includes(line.slice(0, 20)))).toEqual([]);
    }
    expect(said).not.toContain("hunter2");
  }
});

test("checking a bundle takes at most a few hundred times as long as reading one certificate and key", () => {
  const [sample] = good;
  if (sample === undefined) throw new Error("there is no good bundle");
  const { certificate, privateKey = "" } = sample.input;
  const baseline = fastest(20, () => {
    const x509 = new X509Certificate(certificate);
    x509.verify(x509.publicKey);
    createPrivateKey(privateKey);
  });
  const limit = baseline * 300;
  const times = [...broken, ...good].map(({ title, input }) => {
    const lint = () => void lintCertificate(input);
    const ms = fastest(3, lint);
    // On a busy machine, all three measurements can be slow.
    return { title, ms: ms < limit ? ms : fastest(30, lint) };
  });
  const slowest = times.reduce((a, b) => (b.ms > a.ms ? b : a));
  process.stdout.write(
    `slowest of ${times.length}: ${slowest.ms.toFixed(2)} ms, ${slowest.title}; baseline ${baseline.toFixed(2)} ms\n`,
  );
  expect(slowest.ms).toBeLessThan(limit);
});

function fastest(times: number, work: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run += 1) {
    const start = performance.now();
    work();
    best = Math.min(best, performance.now() - start);
  }
  return best;
}
