/** The public classes as the compiler sees them in a program: their outputs, and the examples in their doc comments. */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./generated.ts";

const ENTRY = join(ROOT, "sdk/index.ts");
const POLICIES = join(ROOT, "sdk/policies.ts");

/** The shape of an output, in the words of JSON Schema. */
export type Shape =
  | { readonly kind: "string" | "integer" | "boolean" | "any" }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "array"; readonly items: Shape }
  | { readonly kind: "union"; readonly options: readonly Shape[] }
  | { readonly kind: "object"; readonly name: string; readonly fields: readonly ShapeField[] };

export interface ShapeField {
  readonly name: string;
  readonly doc: string;
  readonly optional: boolean;
  readonly shape: Shape;
}

export interface ReadableOutput {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

let program: { readonly sdk: ts.Program; readonly checker: ts.TypeChecker } | undefined;

/** What a program exports, with the settings of the repository. */
function sdk() {
  if (program === undefined) {
    const made = ts.createProgram([ENTRY, POLICIES], settings());
    program = { sdk: made, checker: made.getTypeChecker() };
  }
  return program;
}

export function settings(): ts.CompilerOptions {
  const parsed = ts.getParsedCommandLineOfConfigFile(join(ROOT, "tsconfig.json"), undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: ({ messageText }) => {
      throw new Error(ts.flattenDiagnosticMessageText(messageText, "\n"));
    },
  });
  if (parsed === undefined) throw new Error("tsconfig.json was not read");
  return { ...parsed.options, noEmit: true, types: ["node"] };
}

/** Names that programs import as values, from both entry points of the package: classes and functions. */
export function exportedValues(): { readonly name: string; readonly examples: readonly string[] }[] {
  const { checker } = sdk();
  return [...exported(), ...exported(POLICIES)].flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if ((target.flags & ts.SymbolFlags.Value) === 0) return [];
    const examples = target.getJsDocTags(checker).filter(({ name }) => name === "example");
    return [{ name: symbol.name, examples: examples.map(({ text }) => fenced(ts.displayPartsToString(text))) }];
  });
}

/** Outputs of a class, without those that every Pulumi resource has. */
export function outputsOf(kind: string): ReadableOutput[] {
  const { checker } = sdk();
  return classOutputs(kind).map(({ property, value }) => ({
    name: property.name,
    type: checker.typeToString(value),
    doc: docOf(property, checker),
  }));
}

function docOf(property: ts.Symbol, checker: ts.TypeChecker): string {
  return ts.displayPartsToString(property.getDocumentationComment(checker)).replaceAll(/\s+/g, " ").trim();
}

function classOutputs(kind: string): { readonly property: ts.Symbol; readonly value: ts.Type }[] {
  const { checker } = sdk();
  const symbol = exported().find(({ name }) => name === kind);
  if (symbol === undefined) throw new Error(`sdk/index.ts exports no ${kind}`);
  const type = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(symbol));
  return checker.getPropertiesOfType(type).flatMap((property) => {
    const value = outputValue(checker.getTypeOfSymbol(property), checker);
    if (value === undefined || property.name === "id" || property.name === "urn") return [];
    return [{ property, value }];
  });
}

/** The same outputs with their shapes, for languages other than TypeScript. */
export function shapesOf(kind: string): ShapeField[] {
  const { checker } = sdk();
  return classOutputs(kind).map(({ property, value }) => fieldOf(property, value, checker));
}

function fieldOf(property: ts.Symbol, type: ts.Type, checker: ts.TypeChecker): ShapeField {
  const absent = ts.TypeFlags.Undefined | ts.TypeFlags.Null;
  const parts = type.isUnion() ? type.types : [type];
  const present = parts.filter(({ flags }) => (flags & absent) === 0);
  const isOptional = present.length < parts.length || (property.flags & ts.SymbolFlags.Optional) !== 0;
  return { name: property.name, doc: docOf(property, checker), optional: isOptional, shape: shapeOf(present, checker) };
}

function shapeOf(types: readonly ts.Type[], checker: ts.TypeChecker): Shape {
  const [first, ...others] = types;
  if (first === undefined) return { kind: "any" };
  const literals = types.flatMap((one) => (one.isStringLiteral() ? [one.value] : []));
  if (literals.length === types.length) return { kind: "enum", values: literals };
  if (types.every(({ flags }) => (flags & ts.TypeFlags.BooleanLike) !== 0)) return { kind: "boolean" };
  if (others.length > 0) {
    // The text "unknown" beside an id, for example.
    return { kind: "union", options: types.map((one) => shapeOf([one], checker)) };
  }
  if ((first.flags & ts.TypeFlags.StringLike) !== 0) return { kind: "string" };
  if ((first.flags & ts.TypeFlags.NumberLike) !== 0) return { kind: "integer" };
  if (checker.isArrayType(first)) {
    const [item] = checker.getTypeArguments(first as ts.TypeReference);
    return { kind: "array", items: item === undefined ? { kind: "any" } : shapeOf([item], checker) };
  }
  const name = first.aliasSymbol?.name ?? first.symbol?.name ?? "";
  if ((first.flags & ts.TypeFlags.Object) === 0 || name === "Record") return { kind: "any" };
  const fields = checker
    .getPropertiesOfType(first)
    .map((property) => fieldOf(property, checker.getTypeOfSymbol(property), checker));
  return { kind: "object", name, fields };
}

/** T of Output<T>: `OutputInstance<T> & Lifted<T>`, where the second part adds nothing for a number. */
function outputValue(type: ts.Type, checker: ts.TypeChecker): ts.Type | undefined {
  if (type.aliasSymbol?.name === "Output") return type.aliasTypeArguments?.[0];
  return type.symbol?.name === "OutputInstance" ? checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
}

function exported(entry = ENTRY): ts.Symbol[] {
  const { sdk: made, checker } = sdk();
  const file = made.getSourceFile(entry);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} is no module`);
  return checker.getExportsOfModule(module);
}

function fenced(text: string): string {
  const [, code] = text.match(/^```ts\n([\s\S]*?)^```$/m) ?? [];
  if (code === undefined) throw new Error(`an example without \`\`\`ts block: ${text}`);
  return code;
}
