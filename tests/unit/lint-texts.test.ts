/**
 * PEM texts in real-world formats: our verdict compared with those of OpenSSL and Go. docs/lint.md has the table
 * (QWILT_UPDATE_DOCS=1).
 */
import { lintCertificate } from "../../provider/x509/lint/lint.ts";
import { expectGenerated } from "../docs/generated.ts";
import { goVerdicts } from "../support/x509/referees/go.ts";
import { eachOf, opensslReads } from "../support/x509/referees/openssl.ts";
import { mark, oursOf, worstOf } from "../support/x509/referees/table.ts";
import { newMaterial, type TextCase, textCases } from "../support/x509/referees/texts.ts";

interface Row {
  readonly of: TextCase;
  readonly openssl: boolean;
  readonly go: boolean;
  readonly ours: ReturnType<typeof lintCertificate>;
}

let rows: readonly Row[];

beforeAll(async () => {
  const material = newMaterial();
  const cases = textCases(material);
  const openssl = await eachOf(cases, (one) => opensslReads({ ...one, root: material.root }));
  const go = await goVerdicts(
    cases.map(({ leaf, chain, key }) => ({
      certificates: Buffer.concat([leaf, Buffer.from("\n"), chain]).toString("latin1"),
      key: key.toString("latin1"),
      latin1: true,
    })),
  );
  rows = cases.map((of, index) => ({
    of,
    openssl: openssl[index] === true,
    go: go[index]?.refusal === "" && go[index]?.count === 3,
    ours: lintCertificate({
      certificate: of.leaf.toString("utf8"),
      certificateChain: of.chain.toString("utf8"),
      privateKey: of.key.toString("utf8"),
      now: Date.now(),
    }),
  }));
}, 120_000);

test("at least 30 ways to deliver the same certificates are judged", () => {
  expect(rows.length).toBeGreaterThanOrEqual(30);
});

test("what OpenSSL or Go cannot read has a finding, and what both read has none, except for what the table explains", () => {
  const wrong = rows.filter(
    ({ of, openssl, go, ours }) => of.note === undefined && ours.length > 0 === (openssl && go),
  );
  expect(wrong.map(({ of }) => of.title)).toEqual([]);
});

test("a finding about the form of a text names the line", () => {
  const said = rows.flatMap(({ ours }) => ours.filter(({ code }) => code === "CERT_PEM_FORM"));
  expect(said.length).toBeGreaterThan(0);
  expect(said.filter(({ message }) => !/\(line \d+\)/.test(message))).toEqual([]);
});

test("the table of texts in docs/lint.md is up to date", () => {
  const lines = rows.map(({ of, openssl, go, ours }) => {
    const note = of.note === undefined ? "" : ` (${of.note})`;
    return `| ${of.title.replaceAll("|", "\\|")} | ${mark(openssl)} | ${mark(go)} | ${oursOf(ours)}${note} |`;
  });
  expect(rows.some(({ ours }) => worstOf(ours) === "warning")).toBe(true);
  expectGenerated(
    "docs/lint.md",
    "texts",
    ["| Delivered as | OpenSSL | Go | pulumi-qwilt |", "| --- | --- | --- | --- |", ...lines].join("\n"),
  );
});

test("where Go is missing, one line says so and what to do", async () => {
  await expect(goVerdicts([], { ...process.env, PATH: "/nowhere" })).rejects.toThrow(
    /^Go's verdicts on certificates are not available: there is no `go` on PATH\.\n {2}do: install Go 1\.21 or later/,
  );
});
