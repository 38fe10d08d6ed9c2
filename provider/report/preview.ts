/**
 * Reads the output of `pulumi preview --json`, or the engine's events, as far as the report needs it: the steps of this
 * package's resources, the messages on their rows, and the number of steps of other packages (docs/pulumi-engine.md; pkg/display/json.go of
 * pulumi/pulumi).
 */
import { stripVTControlCharacters } from "node:util";
import { z } from "zod";
import { withoutMaterial } from "../api/http/redact-body.ts";
import { EXPIRY_WARNING, ExpiryWarningText } from "../core/config.ts";
import { kindOfUrn } from "../core/resource-type.ts";
import { withoutHidden } from "../engine/resource-properties.ts";
import { toCore } from "../engine/unknowns.ts";
import { documentOfEvents, UnreadableEvents } from "./event-log.ts";
import type { Planned, Preview, Said } from "./planned.ts";
import { withFoundSources } from "./sources.ts";

const Properties = z.record(z.string(), z.unknown()).default({});

const State = z.object({
  id: z.string().optional(),
  inputs: Properties,
  outputs: Properties,
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).default({}),
});

const Step = z.object({
  op: z.string(),
  urn: z.string(),
  oldState: State.optional(),
  newState: State.optional(),
});
type Step = z.infer<typeof Step>;

const Diagnostic = z.object({
  urn: z.string().optional(),
  message: z.string().default(""),
  severity: z.string().default("info"),
});

/** Pulumi leaves empty lists out, as in a preview that changes nothing or fails before its first step. */
const PreviewJson = z
  .object({
    steps: z.array(Step).optional(),
    diagnostics: z.array(Diagnostic).optional(),
    changeSummary: z.record(z.string(), z.number()).optional(),
    config: z.record(z.string(), z.unknown()).optional(),
  })
  .refine(({ steps, diagnostics, changeSummary }) => {
    const hasFailed = diagnostics?.some(({ severity }) => severity === "error") === true;
    return steps !== undefined || changeSummary !== undefined || hasFailed;
  })
  .transform(({ steps = [], diagnostics = [], config = {} }) => ({ steps, diagnostics, config }));

export class UnreadablePreview extends Error {}

/** @throws UnreadablePreview */
export function readPreview(text: string): Preview {
  const { steps, diagnostics, config, hasSources } = parse(text);
  const said = (urn: string | undefined) => unique(diagnostics.filter((one) => one.urn === urn).map(saidOf));
  const ours = steps.filter(({ urn }) => kindOfUrn(urn) !== undefined);
  const theirs = steps.filter(({ urn }) => kindOfUrn(urn) === undefined);
  const planned = merged(ours).map(({ op, urn, oldState, newState }): Planned => {
    const dependencies = (newState ?? oldState)?.propertyDependencies ?? {};
    return {
      op,
      urn,
      kind: kindOfUrn(urn) ?? "",
      name: urn.slice(urn.lastIndexOf("::") + 2),
      // PEM texts of a certificate are only in the inputs; the rest of a state is in the outputs.
      before: oldState === undefined ? undefined : withoutHidden({ ...oldState.inputs, ...oldState.outputs }),
      wanted: newState === undefined ? undefined : toCore(withoutHidden(newState.inputs)),
      sources: Object.fromEntries(Object.entries(dependencies).map(([key, urns]) => [key, urns ?? []])),
      said: said(urn),
    };
  });
  const known = new Set(planned.map(({ urn }) => urn));
  const rest = diagnostics.filter(({ urn }) => urn === undefined || !known.has(urn));
  const inOrder = planned.toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
  return {
    planned: hasSources ? inOrder : withFoundSources(inOrder),
    said: unique(rest.map(saidOf)),
    others: countOthers(merged(theirs)),
    isRefreshed: ours.some(({ op }) => op === "refresh"),
    // An invalid value is an error of the preview, which the report shows.
    expiryWarning: ExpiryWarningText.safeParse(config["qwilt:expiryWarningDays"]).data ?? EXPIRY_WARNING,
    usedByOthers: hasSources ? new Set(theirs.flatMap(sourcesOf)) : undefined,
  };
}

function sourcesOf({ newState }: Step): string[] {
  return Object.values(newState?.propertyDependencies ?? {}).flatMap((urns) => urns ?? []);
}

function parse(text: string) {
  try {
    const events = documentOfEvents(text);
    if (events !== undefined) return { ...PreviewJson.parse(events), hasSources: false };
    const start = text.indexOf("{");
    return { ...PreviewJson.parse(JSON.parse(start === -1 ? text : text.slice(start))), hasSources: true };
  } catch (thrown) {
    throw new UnreadablePreview(whyUnreadable(text, thrown), { cause: thrown });
  }
}

function whyUnreadable(text: string, thrown: unknown): string {
  if (thrown instanceof UnreadableEvents) return thrown.message;
  if (thrown instanceof z.ZodError) return "it has no list of steps";
  return text.trim() === "" ? "it is empty" : "it is not one JSON document";
}

/**
 * One step for each URN. A replacement can be three steps, which become one with both states. A refresh is followed by the
 * operation on the resource, except in a document that contains only a refresh. An object that an earlier run left over is
 * deleted under the URN of its successor.
 */
function merged(steps: readonly Step[]): Step[] {
  const byUrn = new Map<string, Step[]>();
  for (const step of steps) byUrn.set(step.urn, [...(byUrn.get(step.urn) ?? []), step]);
  return [...byUrn].flatMap(([urn, all]): Step[] => {
    const own = all.filter(({ op }) => op !== "refresh");
    // `pulumi refresh --preview-only`: the resource itself is not changed, and its messages say what was found.
    if (own.length === 0) return all.slice(-1).map((one) => ({ ...one, op: "same" }));
    if (!own.some(({ op }) => /replace/.test(op)))
      return own.toSorted((a, b) => RANKS.indexOf(a.op) - RANKS.indexOf(b.op)).slice(-1);
    const oldState = own.find((one) => one.oldState !== undefined)?.oldState;
    const newState = own.find((one) => one.newState !== undefined)?.newState;
    return [{ op: "replace", urn, oldState, newState }];
  });
}

/** Of several steps for one URN, the one with the operation latest in this list counts. */
const RANKS: readonly string[] = ["delete", "same", "update", "create"];

function countOthers(steps: readonly Step[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op, urn } of steps) {
    const isEngines = /::pulumi:(pulumi:Stack|providers:)/.test(urn);
    if (!isEngines && op !== "same" && op !== "read" && op !== "refresh") counts[op] = (counts[op] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function saidOf({ message, severity }: { readonly message: string; readonly severity: string }): Said {
  // A program can print anything, including a key that it failed to parse.
  const plain = stripVTControlCharacters(message.replace(/<\{%[^%]*%\}>/g, ""));
  const text = withoutCredentials(withoutMaterial(plain)).trim();
  return { severity: severity === "error" || severity === "warning" ? severity : "info", text };
}

const VALUE = /(?=[^\s"',;]*[^a-z\s"',;.])[^\s"',;)]{6,}/.source;
const CREDENTIALS = [
  new RegExp(`(\\b(?:bearer|x-api-key) +)${VALUE}`, "gi"),
  new RegExp(`(\\b(?:\\w*(?:api[-_]?key|token|password|passwd|secret))["']?\\s*[:=]\\s*["']?)${VALUE}`, "gi"),
];

/** Without what follows `Bearer `, `password=`, `"apiToken": ` and so on: a comment has more readers than the log. */
function withoutCredentials(text: string): string {
  return CREDENTIALS.reduce((rest, pattern) => rest.replace(pattern, "$1(secret)"), text);
}

function unique(said: readonly Said[]): Said[] {
  const texts = new Set<string>();
  return said.filter(({ severity, text }) => {
    const isNew = text !== "" && !texts.has(`${severity} ${text}`);
    texts.add(`${severity} ${text}`);
    return isNew;
  });
}
