/** The public classes as the compiler sees them in a program: their outputs, and the examples in their doc comments. */
import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./generated.ts";

const ENTRY = join(ROOT, "sdk/index.ts");

export interface ReadableOutput {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

let program: { readonly sdk: ts.Program; readonly checker: ts.TypeChecker } | undefined;

/** What a program exports, with the settings of the repository. */
function sdk() {
  if (program === undefined) {
    const made = ts.createProgram([ENTRY], settings());
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

/** Names that programs import as values: classes and functions. */
export function exportedValues(): { readonly name: string; readonly examples: readonly string[] }[] {
  const { checker } = sdk();
  return exported().flatMap((symbol) => {
    const target = symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
    if ((target.flags & ts.SymbolFlags.Value) === 0) return [];
    const examples = target.getJsDocTags(checker).filter(({ name }) => name === "example");
    return [{ name: symbol.name, examples: examples.map(({ text }) => fenced(ts.displayPartsToString(text))) }];
  });
}

/** Outputs of a class, without those that every Pulumi resource has. */
export function outputsOf(kind: string): ReadableOutput[] {
  const { checker } = sdk();
  const symbol = exported().find(({ name }) => name === kind);
  if (symbol === undefined) throw new Error(`sdk/index.ts exports no ${kind}`);
  const type = checker.getDeclaredTypeOfSymbol(checker.getAliasedSymbol(symbol));
  return checker.getPropertiesOfType(type).flatMap((property) => {
    const value = outputValue(checker.getTypeOfSymbol(property), checker);
    if (value === undefined || property.name === "id" || property.name === "urn") return [];
    const doc = ts.displayPartsToString(property.getDocumentationComment(checker)).replaceAll(/\s+/g, " ").trim();
    return [{ name: property.name, type: checker.typeToString(value), doc }];
  });
}

/** T of Output<T>: `OutputInstance<T> & Lifted<T>`, where the second part adds nothing for a number. */
function outputValue(type: ts.Type, checker: ts.TypeChecker): ts.Type | undefined {
  if (type.aliasSymbol?.name === "Output") return type.aliasTypeArguments?.[0];
  return type.symbol?.name === "OutputInstance" ? checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
}

function exported(): ts.Symbol[] {
  const { sdk: made, checker } = sdk();
  const file = made.getSourceFile(ENTRY);
  const module = file === undefined ? undefined : checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error("sdk/index.ts is no module");
  return checker.getExportsOfModule(module);
}

function fenced(text: string): string {
  const [, code] = text.match(/^```ts\n([\s\S]*?)^```$/m) ?? [];
  if (code === undefined) throw new Error(`an example without \`\`\`ts block: ${text}`);
  return code;
}
