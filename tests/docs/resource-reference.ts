/** The reference of one resource, read from its schema (provider) and the type of its class (sdk): names, types and doc comments. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { z } from "zod";
import { lifecycleOf } from "../../provider/resources/registry.ts";
import { outputsOf } from "./class-types.ts";
import { page, ROOT, trackedFiles } from "./generated.ts";

export interface Entry {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly doc: string;
}

export interface Reference {
  readonly intro: string;
  readonly args: readonly Entry[];
  readonly outputs: readonly Entry[];
}

/** Set by the class from a certificate object; programs do not give them. */
const SET_BY_CLASS: Readonly<Record<string, readonly string[]>> = {
  SiteCertificateLink: ["fingerprint", "dnsNames", "ipAddresses", "notAfter"],
};

export function kinds(): string[] {
  const index = parse("sdk/index.ts");
  return index.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || statement.isTypeOnly) return [];
    if (statement.exportClause === undefined || !ts.isNamedExports(statement.exportClause)) return [];
    return statement.exportClause.elements
      .filter((element) => !element.isTypeOnly && existsSync(join(ROOT, "sdk", `${kebab(element.name.text)}.ts`)))
      .map((element) => element.name.text);
  });
}

export function referenceOf(kind: string): Reference {
  const classFile = parse(`sdk/${kebab(kind)}.ts`);
  const declared = find(classFile, (node) =>
    ts.isClassDeclaration(node) && node.name?.text === kind ? node : undefined,
  );
  const given = programArgs(classFile, kind);
  const args = schemaArgs(kind)
    .map((entry) => {
      const own = given.get(entry.name);
      // The schema's text says what a change does; only for fields that the class sets, the class's text is used.
      return { ...entry, ...own, doc: entry.doc.startsWith("Set by the class") ? (own?.doc ?? "") : entry.doc };
    })
    .filter(({ name }) => !SET_BY_CLASS[kind]?.includes(name));
  const names = new Set(args.map(({ name }) => name));
  const order = listedOutputs(kind);
  const outputs = outputsOf(kind)
    .map((output) => ({ ...output, required: true }))
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
  return { intro: docOf(declared, classFile), args, outputs: outputs.filter(({ name }) => !names.has(name)) };
}

/** Names that the class passes to Pulumi at run time: `const OUTPUTS = [...]`. */
export function listedOutputs(kind: string): string[] {
  const file = parse(`sdk/${kebab(kind)}.ts`);
  const list = find(file, (node) =>
    ts.isVariableDeclaration(node) && node.name.getText(file) === "OUTPUTS"
      ? search(file, (inner) => (ts.isArrayLiteralExpression(inner) ? inner : undefined), node)
      : undefined,
  );
  return list.elements.filter(ts.isStringLiteral).map(({ text }) => text);
}

export function asMarkdown({ intro, args, outputs }: Reference): string {
  const row = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [
    intro,
    "",
    row(["Argument", "Type", "Meaning, and what changing it does"]),
    row(["---", "---", "---"]),
    ...args.map(({ name, type, required, doc }) =>
      row([`\`${name}\`${required ? " (required)" : ""}`, `\`${type}\``, doc]),
    ),
    "",
    row(["Output", "Type", "Meaning"]),
    row(["---", "---", "---"]),
    ...outputs.map(({ name, type, doc }) => row([`\`${name}\``, `\`${type}\``, doc])),
  ].join("\n");
}

/** Arguments as the provider validates them. */
export function schemaOf(kind: string): JsonSchema {
  return jsonSchemaOf(lifecycleOf(kind).args);
}

export function jsonSchemaOf(type: z.ZodType): JsonSchema {
  return z.toJSONSchema(type, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

function schemaArgs(kind: string): Entry[] {
  const schema = schemaOf(kind);
  const docs = schemaDocs(kind);
  return Object.entries(schema.properties ?? {}).map(([name, type]) => ({
    name,
    type: typeText(type),
    required: schema.required?.includes(name) === true,
    doc: docs.get(name) ?? "",
  }));
}

export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
}

function typeText(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeText))].join(" | ");
  if (schema.type === "array") {
    const item = typeText(schema.items ?? {});
    return item.includes(" ") ? `(${item})[]` : `${item}[]`;
  }
  if (schema.type === "integer") return "number";
  if (schema.properties === undefined) return schema.type ?? "any";
  const fields = Object.entries(schema.properties).map(
    ([name, type]) => `${name}${schema.required?.includes(name) ? "" : "?"}: ${typeText(type)}`,
  );
  return `{ ${fields.join("; ")} }`;
}

/** Doc comments on the properties of `const <Kind>Args = z.strictObject({ ... })`. */
function schemaDocs(kind: string): Map<string, string> {
  const resources = trackedFiles().filter((file) => file.startsWith("provider/resources/"));
  for (const file of resources.map(parse)) {
    const object = search(file, (node) =>
      ts.isVariableDeclaration(node) && node.name.getText(file) === `${kind}Args` && node.initializer !== undefined
        ? search(file, (inner) => (ts.isObjectLiteralExpression(inner) ? inner : undefined), node.initializer)
        : undefined,
    );
    if (object === undefined) continue;
    return new Map(object.properties.map((one) => [one.name?.getText(file) ?? "", docOf(one, file)]));
  }
  throw new Error(`no schema of ${kind} was found`);
}

/** Doc comments in a file: on the fields of an object literal of a constant, or on the members of an interface. */
export function fieldDocs(path: string, name: string): { name: string; type: string; doc: string }[] {
  const file = parse(path);
  const fields = find(file, (node): readonly (ts.ObjectLiteralElementLike | ts.TypeElement)[] | undefined => {
    if (ts.isInterfaceDeclaration(node) && node.name.text === name) return node.members;
    if (!ts.isVariableDeclaration(node) || node.name.getText(file) !== name || node.initializer === undefined)
      return undefined;
    return search(file, (inner) => (ts.isObjectLiteralExpression(inner) ? inner : undefined), node.initializer)
      ?.properties;
  });
  return fields.map((field) => ({
    name: field.name?.getText(file) ?? "",
    type: ts.isPropertySignature(field) ? (field.type?.getText(file) ?? "") : "",
    doc: docOf(field, file),
  }));
}

/** Doc comment on a constant. */
export function constantDoc(path: string, name: string): string {
  const file = parse(path);
  const declared = find(file, (node) =>
    ts.isVariableStatement(node) && node.declarationList.declarations.some((one) => one.name.getText(file) === name)
      ? node
      : undefined,
  );
  return docOf(declared, file);
}

/** Arguments for which the class or its inputs declare another type or text than the schema. */
function programArgs(classFile: ts.SourceFile, kind: string): Map<string, Partial<Entry>> {
  const found = new Map<string, Partial<Entry>>();
  for (const file of [parse("sdk/inputs.ts"), classFile]) {
    const own = search(file, (node) =>
      (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === `${kind}Args`
        ? node
        : undefined,
    );
    if (own === undefined) continue;
    const visit = (node: ts.Node): void => {
      if (ts.isPropertySignature(node)) {
        const type = (node.type?.getText(file) ?? "").replace(/Input<((?:[^<>]|<[^<>]*>)*)>/g, "$1");
        const doc = docOf(node, file);
        found.set(node.name.getText(file), { type, ...(doc === "" ? {} : { doc }) });
      } else ts.forEachChild(node, visit);
    };
    visit(own);
  }
  return found;
}

function docOf(node: ts.Node, file: ts.SourceFile): string {
  const ranges = ts.getLeadingCommentRanges(file.text, node.getFullStart()) ?? [];
  const last = ranges.map(({ pos, end }) => file.text.slice(pos, end)).findLast((text) => text.startsWith("/**"));
  const lines = (last ?? "")
    .replace(/\n\s*\* @example[\s\S]*$/, "")
    .replace(/^\/\*\*|\*\/$/g, "")
    .split("\n");
  return lines
    .map((line) => line.replace(/^\s*\*? ?/, "").trim())
    .join(" ")
    .trim();
}

function find<T>(file: ts.SourceFile, pick: (node: ts.Node) => T | undefined): T {
  const found = search(file, pick);
  if (found === undefined) throw new Error(`${file.fileName} does not hold what the reference is made of`);
  return found;
}

function search<T>(file: ts.SourceFile, pick: (node: ts.Node) => T | undefined, from: ts.Node = file): T | undefined {
  return pick(from) ?? ts.forEachChild(from, (child) => search(file, pick, child));
}

function parse(path: string): ts.SourceFile {
  return ts.createSourceFile(path, page(path), ts.ScriptTarget.Latest, true);
}

function kebab(name: string): string {
  return name.replace(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();
}
