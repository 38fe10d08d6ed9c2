/** docs/api-notes.md and emulator/assumptions.ts name the same unknowns, and the page shows the emulator's values. */
import ts from "typescript";
import { type Assumptions, defaultAssumptions, strictAssumptions } from "../../emulator/assumptions.ts";
import { expectGenerated, page } from "./generated.ts";

interface Switch {
  readonly name: keyof Assumptions;
  readonly number: string | undefined;
  readonly text: string;
}

const switches = readSwitches();
const numbers = (found: Iterable<string | undefined>) =>
  [...new Set(found)].filter((one) => one !== undefined).sort((a, b) => Number(a.slice(1)) - Number(b.slice(1)));
const guessed = page("docs/api-notes.md").split("## Guesses")[1]?.split("\n## ")[0] ?? "";

test("the unknowns of the emulator and those of docs/api-notes.md are the same, U1 to U38, each once", () => {
  const rows = [...guessed.matchAll(/^\| (U\d+) \| \S/gm)].map(([, number]) => number);
  expect(rows).toEqual(Array.from({ length: 38 }, (_, index) => `U${index + 1}`));
  expect(numbers(switches.map(({ number }) => number))).toEqual(rows);
});

test("every unknown that the provider's code names is in docs/api-notes.md", () => {
  const files = ts.sys.readDirectory("provider", [".ts"]).map((path) => page(path));
  const named = numbers(files.flatMap((text) => [...text.matchAll(/\bU\d{1,2}\b/g)].map(([number]) => number)));
  expect(named.length).toBeGreaterThan(5);
  expect(named.filter((number) => !guessed.includes(`| ${number} |`))).toEqual([]);
});

test("docs/api-notes.md lists each switch of the emulator with its value, and its value with --strict", () => {
  const rows = switches.map(({ name, number, text }) => {
    const [value, strict] = [shown(name, defaultAssumptions), shown(name, strictAssumptions)];
    const cells = [number ?? "", `\`${name}\``, text, value, strict === value ? "-" : strict];
    return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  });
  const head = ["| # | Switch | About | Default | `--strict` |", "| --- | --- | --- | --- | --- |"];
  expectGenerated("docs/api-notes.md", "assumptions", [...head, ...rows].join("\n"));
});

function shown(name: keyof Assumptions, all: Assumptions): string {
  const value = all[name];
  return `\`${JSON.stringify(typeof value === "function" ? value(404, "...") : value)}\``;
}

/** Members of the interface with their doc comments, in order. */
function readSwitches(): Switch[] {
  const file = ts.createSourceFile("a.ts", page("emulator/assumptions.ts"), ts.ScriptTarget.Latest, true);
  const declared = file.statements.find(ts.isInterfaceDeclaration);
  return (declared?.members ?? []).map((member) => {
    const name = member.name?.getText(file) ?? "";
    if (!isSwitch(name)) throw new Error(`${name} has no value`);
    const [, comment = ""] =
      /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(file.text.slice(member.getFullStart(), member.getStart(file))) ?? [];
    const text = comment
      .replace(/^\s*\* ?/gm, "")
      .replace(/\s+/g, " ")
      .trim();
    const [, number, rest] = /^(U\d+): (.*)$/.exec(text) ?? [];
    return { name, number, text: rest ?? text };
  });
}

function isSwitch(name: string): name is keyof Assumptions {
  return name in defaultAssumptions;
}
