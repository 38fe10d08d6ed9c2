/** Pulumi's package schema of the native provider, built from the zod schemas, the state types and their doc comments. */
import { VARIABLES } from "../../provider/core/config.ts";
import { CONFIG_KEYS, type ConfigKey } from "../../provider/core/config-keys.ts";
import { LOOKUPS } from "../../provider/resources/lookups.ts";
import { lifecycleOf } from "../../provider/resources/registry.ts";
import { type Shape, shapesOf } from "./class-types.ts";
import { page } from "./generated.ts";
import {
  constantDoc,
  fieldDocs,
  type JsonSchema,
  jsonSchemaOf,
  kinds,
  referenceOf,
  schemaOf,
} from "./resource-reference.ts";

interface TypeSpec {
  readonly type?: string;
  readonly $ref?: string;
  readonly items?: TypeSpec;
  readonly additionalProperties?: TypeSpec;
  readonly oneOf?: readonly TypeSpec[];
}

interface PropertySpec extends TypeSpec {
  readonly description?: string;
  readonly secret?: true;
  readonly willReplaceOnChanges?: true;
}

interface EnumValue {
  readonly value: string;
  readonly description: string;
}

type NamedType =
  | { readonly type: "string"; readonly enum: readonly EnumValue[] }
  | {
      readonly type: "object";
      readonly description?: string;
      readonly properties: Readonly<Record<string, PropertySpec>>;
      readonly required: readonly string[];
    };

type Types = Map<string, NamedType>;

const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };
const SECRETS = ["privateKey", "apiKey", "password"];

const LINK_ARGS = "provider/resources/site-certificate-link/args.ts";

/** Structured inputs: names of their types, and the constants whose doc comments describe them. */
const NESTED: Readonly<Record<string, { readonly name: string; readonly file: string; readonly constant: string }>> = {
  privateKeyFrom: { name: "KeyReference", file: "provider/run/key-source.ts", constant: "KeyReference" },
  lint: { name: "Lint", file: "provider/resources/certificate/args.ts", constant: "Lint" },
  requires: { name: "Requires", file: LINK_ARGS, constant: "Requires" },
  revisionId: { name: "Revisions", file: LINK_ARGS, constant: "RevisionOfTarget" },
  timeouts: { name: "Timeouts", file: "provider/resources/timeouts.ts", constant: "Timeouts" },
};

/** What each value means; the default is the first. */
const ENUMS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  CertificateIssuanceWait: {
    "until-usable": "Waits until the certificate can be linked.",
    "next-run": "Checks once and finishes; a later run links the certificate.",
  },
  CertificateTemplateDelegation: {
    outputs: "No lookup at preview.",
    verify: "Previews look up the delegation records in DNS and warn.",
  },
  RequiresSeenBy: {
    api: "A proof that Qwilt's API reported is accepted, and one by handshakes.",
    handshake: "Only a proof by TLS handshakes with the edge is accepted.",
  },
  SiteCertificateLinkActivate: {
    now: "Publishes every live target.",
    "next-publish": "The next publish by anyone activates the certificate.",
  },
  SiteCertificateLinkCoverage: {
    require: "A host that the certificate does not cover is an error.",
    warn: "It is a warning.",
    off: "It is ignored.",
  },
  SitePublicationTarget: { ga: "Production.", staging: "The staging network." },
  SiteRoutingMethod: { DNS: "Clients are routed by DNS.", HTTP: "Clients are routed by HTTP." },
  EdgeProbe: {
    try: "Verifies changes at the edge if it is reachable.",
    require: "An edge that is not reachable is an error.",
    off: "Qwilt's API alone is asked.",
  },
};

/** Inputs that are another resource. */
const REFERENCES: Readonly<Record<string, string>> = {
  certificate: "The certificate to serve. Mutually exclusive with the other three ways to choose one.",
  certificateIssuance:
    "The issuance that provides the certificate to serve. Mutually exclusive with the other three ways.",
};

/** Settings that are not text. */
const SETTING_TYPES: Partial<Record<ConfigKey, TypeSpec>> = {
  edgeProbe: { $ref: "#/types/qwilt:index:EdgeProbe" },
  endpoints: { type: "object", additionalProperties: { type: "string" } },
  requestTimeoutMs: { type: "integer" },
  maxConcurrency: { type: "integer" },
  publishTimeoutMs: { type: "integer" },
};

export function packageSchema() {
  const types: Types = new Map([["EdgeProbe", enumType("EdgeProbe", Object.keys(ENUMS.EdgeProbe ?? {}))]]);
  const resources = Object.fromEntries(kinds().map((kind) => [token(kind), resourceOf(kind, types)]));
  const settings = settingsOf();
  return {
    name: "qwilt",
    displayName: "Qwilt",
    description:
      "TLS certificates on the Qwilt CDN: upload or issue them, rotate them without a gap, publish the site.",
    keywords: ["pulumi", "qwilt", "category/network", "kind/native"],
    license: "Apache-2.0",
    meta: { moduleFormat: "(.*)" },
    config: { variables: settings },
    provider: {
      description: "Access to Qwilt, and defaults for all resources.",
      inputProperties: settings,
      properties: settings,
    },
    types: Object.fromEntries(
      [...types].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, type]) => [token(name), type]),
    ),
    resources,
    functions: Object.fromEntries(Object.keys(LOOKUPS).map((name) => [token(name), functionOf(name)])),
    language: {
      nodejs: { packageName: "pulumi-qwilt-native", respectSchemaVersion: true },
      python: { pyproject: { enabled: true }, respectSchemaVersion: true },
      go: {
        importBasePath: "pulumi-qwilt.example/sdk/go/qwilt",
        generateResourceContainerTypes: true,
        respectSchemaVersion: true,
      },
      csharp: { respectSchemaVersion: true },
      java: {},
    },
  };
}

/** Whole programs, which tests/campaign/languages runs. */
const EXAMPLES = {
  yaml: "examples/rotation-yaml/Pulumi.yaml",
  python: "examples/rotation-python/__main__.py",
  go: "examples/rotation-go/main.go",
};

/** In Pulumi's notation, so that each SDK shows the example in its language. The rotation is an example of the link. */
function examplesOf(kind: string): string {
  if (kind !== "SiteCertificateLink") return "";
  const blocks = Object.entries(EXAMPLES).map(
    ([language, file]) => `\`\`\`${language}\n${page(file).trim()}\n\`\`\`\n`,
  );
  return [
    "\n\n{{% examples %}}\n## Example Usage\n",
    "{{% example %}}\n### A live site whose certificate is rotated by one `pulumi up`\n",
    ...blocks,
    "{{% /example %}}\n{{% /examples %}}",
  ].join("\n");
}

const token = (name: string) => `qwilt:index:${name}`;

function resourceOf(kind: string, types: Types) {
  const { intro, args, outputs } = referenceOf(kind);
  const schema = schemaOf(kind);
  const { inputsOnly = [], references = {}, replacedBy = [] } = lifecycleOf(kind);
  const inputs: Record<string, PropertySpec> = {};
  for (const { name, doc } of args) {
    const found = schema.properties?.[name];
    if (found === undefined || name in references) continue;
    const secret = SECRETS.includes(name) ? ({ secret: true } as const) : {};
    const replaces = replacedBy.includes(name) ? ({ willReplaceOnChanges: true } as const) : {};
    inputs[name] = { ...argumentType(found, { kind, name }, types), description: doc, ...secret, ...replaces };
  }
  for (const name of Object.keys(references)) {
    inputs[name] = { $ref: `#/resources/${token(capital(name))}`, description: REFERENCES[name] ?? "" };
  }
  const shapes = new Map(shapesOf(kind).map((field) => [field.name, field]));
  const properties: Record<string, PropertySpec> = {};
  const required: string[] = [];
  for (const [name, spec] of Object.entries(inputs)) {
    if (spec.$ref?.startsWith("#/resources/") || inputsOnly.includes(name) || SECRETS.includes(name)) continue;
    properties[name] = spec;
    if (schema.required?.includes(name)) required.push(name);
  }
  for (const { name, doc } of outputs) {
    const field = shapes.get(name);
    if (field === undefined || name in inputs) continue;
    properties[name] = { ...outputType(field.shape, types), description: doc };
    if (!field.optional) required.push(name);
  }
  const requiredInputs = (schema.required ?? []).filter((name) => name in inputs);
  return { description: `${intro}${examplesOf(kind)}`, inputProperties: inputs, requiredInputs, properties, required };
}

const RESULTS: Readonly<Record<string, { readonly args: string; readonly found: string }>> = {
  getSite: { args: "SiteLookup", found: "SiteFound" },
  getCertificate: { args: "CertificateLookup", found: "CertificateFound" },
};

function functionOf(name: string) {
  const file = "provider/resources/lookups.ts";
  const { args = "", found = "" } = RESULTS[name] ?? {};
  const lookup = LOOKUPS[name];
  if (lookup === undefined) throw new Error(`no lookup ${name}`);
  const schema = jsonSchemaOf(lookup.args);
  const docs = new Map(fieldDocs(file, args).map((field) => [field.name, field.doc]));
  const inputs = Object.entries(schema.properties ?? {}).map(([key, { type = "string" }]) => [
    key,
    { type, description: docs.get(key) ?? "" },
  ]);
  const outputs = fieldDocs(file, found).map(({ name: key, type, doc }) => [
    key,
    { ...RESULT_TYPES[type], description: doc },
  ]);
  return {
    description: lookup.description,
    inputs: { type: "object", properties: Object.fromEntries(inputs), required: schema.required ?? [] },
    outputs: { type: "object", properties: Object.fromEntries(outputs), required: outputs.map(([key]) => key) },
  };
}

const RESULT_TYPES: Readonly<Record<string, TypeSpec>> = {
  string: { type: "string" },
  number: { type: "integer" },
  "readonly string[]": { type: "array", items: { type: "string" } },
};

function argumentType(
  schema: JsonSchema,
  at: { readonly kind: string; readonly name: string },
  types: Types,
): TypeSpec {
  if (schema.enum !== undefined) {
    const name = `${at.kind}${capital(at.name)}`;
    types.set(name, enumType(name, schema.enum.map(String)));
    return reference(name);
  }
  if (schema.anyOf !== undefined) {
    const options = schema.anyOf;
    // An id: typed languages use the number, and the provider accepts its digits as text too.
    if (options.some(({ type }) => type === "integer")) return { type: "integer" };
    if (options.some(isAnything)) return ANY;
    return { oneOf: options.map((option) => argumentType(option, at, types)) };
  }
  if (schema.type === "array")
    return { type: "array", items: argumentType(schema.items ?? { type: "string" }, at, types) };
  if (schema.type === "object" && schema.properties !== undefined) {
    const nested = NESTED[at.name];
    if (nested === undefined) throw new Error(`${at.kind}.${at.name} has no entry in NESTED`);
    const { name, file, constant } = nested;
    const docs = new Map(fieldDocs(file, constant).map((field) => [field.name, field.doc]));
    const properties = Object.fromEntries(
      Object.entries(schema.properties).map(([key, inner]) => [
        key,
        { ...argumentType(inner, { kind: name, name: key }, types), description: docs.get(key) ?? "" },
      ]),
    );
    types.set(name, {
      type: "object",
      description: constantDoc(file, constant),
      properties,
      required: schema.required ?? [],
    });
    return reference(name);
  }
  return schema.type === undefined || isAnything(schema) ? ANY : { type: schema.type };
}

function enumType(name: string, values: readonly string[]): NamedType {
  return { type: "string", enum: values.map((value) => ({ value, description: ENUMS[name]?.[value] ?? "" })) };
}

/** A record with values of any type. */
const isAnything = ({ type, properties }: JsonSchema) => type === "object" && properties === undefined;

function outputType(shape: Shape, types: Types): TypeSpec {
  switch (shape.kind) {
    case "any":
      return ANY;
    case "enum":
      return { type: "string" };
    case "array":
      return { type: "array", items: outputType(shape.items, types) };
    case "union":
      return { oneOf: shape.options.map((option) => outputType(option, types)) };
    case "object": {
      const properties = Object.fromEntries(
        shape.fields.map(({ name, doc, shape: inner }) => [
          name,
          { ...outputType(inner, types), ...(doc === "" ? {} : { description: doc }) },
        ]),
      );
      const required = shape.fields.filter(({ optional }) => !optional).map(({ name }) => name);
      types.set(shape.name, { type: "object", properties, required });
      return reference(shape.name);
    }
    default:
      return { type: shape.kind };
  }
}

/** Keys, meanings and variables as docs/configuration.md has them. */
function settingsOf(): Record<string, PropertySpec> {
  const meanings = new Map(
    page("docs/configuration.md")
      .split("\n")
      .filter((line) => line.startsWith("| `qwilt:"))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .map(([, key = "", , , meaning = ""]) => [key.replace(/^`qwilt:(\w+)`$/, "$1"), meaning]),
  );
  return Object.fromEntries(
    CONFIG_KEYS.map((key) => [
      key,
      {
        ...(SETTING_TYPES[key] ?? { type: "string" }),
        description: `${meanings.get(key) ?? ""}${environment(VARIABLES[key] ?? [])}`,
        ...(SECRETS.includes(key) ? { secret: true as const } : {}),
      },
    ]),
  );
}

const environment = (variables: readonly string[]) =>
  variables.length === 0 ? "" : ` Environment: ${variables.map((name) => `\`${name}\``).join(", ")}.`;

const reference = (name: string): TypeSpec => ({ $ref: `#/types/${token(name)}` });

const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
