/**
 * The rules of path validation, case by case: our linter compared with OpenSSL (plain and strict), Go and Java.
 * docs/lint.md has the table (QWILT_UPDATE_DOCS=1 writes it again; QWILT_RECORD_JAVA=1 runs Java again).
 */
import { expectGenerated } from "../docs/generated.ts";
import { type Judged, judgeAll } from "../support/x509/referees/judged.ts";
import type { PathCase } from "../support/x509/referees/path-world.ts";
import { mark, oursOf, worstOf } from "../support/x509/referees/table.ts";

let judged: readonly Judged[];

beforeAll(async () => {
  judged = await judgeAll();
}, 180_000);

/** The severity that follows from the behavior of clients. */
function deserved({ of, openssl, strict, go, java }: Judged): "none" | "warning" | "error" {
  if (of.browsers === "refuse" || openssl !== "") return "error";
  return [strict, go, java ?? ""].some((refusal) => refusal !== "") ? "warning" : "none";
}

test("our severity follows from the clients, except for what the table explains", () => {
  const wrong = judged.flatMap((one) => {
    const [ours, wanted] = [worstOf(one.ours), deserved(one)];
    return ours === wanted || one.of.note !== undefined ? [] : [`${one.of.title}: ${wanted}, not ${oursOf(one.ours)}`];
  });
  expect(wrong).toEqual([]);
});

test("an explanation exists only if our severity needs one, or if clients differ", () => {
  const idle = judged.filter((one) => {
    const { note, browsers } = one.of;
    return note !== undefined && browsers === undefined && worstOf(one.ours) === deserved(one);
  });
  expect(idle.map(({ of }) => of.title)).toEqual([]);
});

test("each case exists once, and Java's verdict is recorded for each without a host", () => {
  const titles = judged.map(({ of }) => of.title);
  expect(titles.filter((title, index) => titles.indexOf(title) < index)).toEqual([]);
  const missing = judged.filter(
    ({ of, java }) => of.host === undefined && (java === undefined || java === "not judged"),
  );
  expect(missing.map(({ of }) => of.title)).toEqual([]);
});

const HEADS: Readonly<Record<PathCase["group"], string>> = {
  path: "The path (RFC 5280 section 6.1)",
  usage: "Key usage and extended key usage",
  form: "The form of a certificate (RFC 5280 sections 4.1 and 4.2)",
  keys: "Keys and signatures",
  names: "Names, against a host",
};

test("the table of rules in docs/lint.md is up to date", () => {
  const groups = Object.entries(HEADS).map(([group, head]) => {
    const lines = judged
      .filter(({ of }) => of.group === group)
      .map(({ of, openssl, strict, go, java, ours }) => {
        const browsers = of.browsers === "refuse" ? "browsers reject it" : undefined;
        const why = [browsers, of.note].filter((text) => text !== undefined).join("; ");
        const cells = [mark(openssl === ""), mark(strict === ""), mark(go === "")];
        const javas = of.host === undefined ? mark(java === "") : "";
        return `| ${of.title} | ${cells.join(" | ")} | ${javas} | ${oursOf(ours)}${why === "" ? "" : ` (${why})`} |`;
      });
    const table = ["| Case | OpenSSL | strict | Go | Java | pulumi-qwilt |", "| --- | --- | --- | --- | --- | --- |"];
    return [`### ${head}`, "", ...table, ...lines, ""].join("\n");
  });
  expectGenerated("docs/lint.md", "rules", groups.join("\n"));
});
