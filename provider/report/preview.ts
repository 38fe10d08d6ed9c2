/**
 * What `pulumi preview --json` prints, as far as the report needs it: the steps of this package's resources, what was
 * said on their rows, and how many steps other packages have (docs/pulumi-engine.md; pkg/display/json.go of pulumi/pulumi).
 */
import { z } from "zod";
import { withoutHidden } from "../engine/resource-properties.ts";
import { toCore } from "../engine/unknowns.ts";
import type { PlannedResource } from "../policies/planned.ts";

const Properties = z.record(z.string(), z.unknown()).default({});

const State = z.object({
  id: z.string().optional(),
  inputs: Properties,
  outputs: Properties,
  propertyDependencies: z.record(z.string(), z.array(z.string()).nullable()).default({}),
});

const PreviewJson = z.object({
  steps: z.array(
    z.object({
      op: z.string(),
      urn: z.string(),
      oldState: State.optional(),
      newState: State.optional(),
    }),
  ),
  diagnostics: z
    .array(
      z.object({ urn: z.string().optional(), message: z.string().default(""), severity: z.string().default("info") }),
    )
    .default([]),
});

export type Severity = "info" | "warning" | "error";

export interface Said {
  readonly severity: Severity;
  readonly text: string;
}

/** One resource of this package. */
export interface Planned extends PlannedResource {
  readonly op: string;
  /** URNs that the value of an input comes from. */
  readonly sources: Readonly<Record<string, readonly string[]>>;
  readonly said: readonly Said[];
}

export interface Preview {
  readonly planned: readonly Planned[];
  /** Said on no resource of this package. */
  readonly said: readonly Said[];
  /** Steps of other packages by what they do, without those that stay as they are. */
  readonly others: Readonly<Record<string, number>>;
  /** URNs that their inputs come from. */
  readonly usedByOthers: ReadonlySet<string>;
}

export class UnreadablePreview extends Error {}

/** @throws UnreadablePreview */
export function readPreview(text: string): Preview {
  const { steps, diagnostics } = parse(text);
  const said = (urn: string | undefined) => unique(diagnostics.filter((one) => one.urn === urn).map(saidOf));
  const ours = steps.filter(({ urn }) => kindOf(urn) !== undefined);
  const theirs = steps.filter(({ urn }) => kindOf(urn) === undefined);
  const planned = merged(ours).map(({ op, urn, oldState, newState }): Planned => {
    const dependencies = (newState ?? oldState)?.propertyDependencies ?? {};
    return {
      op,
      urn,
      kind: kindOf(urn) ?? "",
      name: urn.slice(urn.lastIndexOf("::") + 2),
      // Texts of a certificate are inputs only; everything else of a state is in the outputs.
      before: oldState === undefined ? undefined : withoutHidden({ ...oldState.inputs, ...oldState.outputs }),
      wanted: newState === undefined ? undefined : toCore(withoutHidden(newState.inputs)),
      sources: Object.fromEntries(Object.entries(dependencies).map(([key, urns]) => [key, urns ?? []])),
      said: said(urn),
    };
  });
  const known = new Set(planned.map(({ urn }) => urn));
  const rest = diagnostics.filter(({ urn }) => urn === undefined || !known.has(urn));
  return {
    planned: planned.toSorted((a, b) => (a.urn < b.urn ? -1 : 1)),
    said: unique(rest.map(saidOf)),
    others: countOthers(theirs),
    usedByOthers: new Set(
      theirs
        .flatMap(({ newState }) => Object.values(newState?.propertyDependencies ?? {}).flat())
        .flatMap((urn) => urn ?? []),
    ),
  };
}

type Step = z.infer<typeof PreviewJson>["steps"][number];

function parse(text: string) {
  const start = text.indexOf("{");
  try {
    return PreviewJson.parse(JSON.parse(start === -1 ? text : text.slice(start)));
  } catch (thrown) {
    throw new UnreadablePreview(
      thrown instanceof z.ZodError
        ? "it has no list of steps"
        : text.trim() === ""
          ? "it is empty"
          : "it is not one JSON document",
      { cause: thrown },
    );
  }
}

/** The dynamic resources of this package: `urn:pulumi:STACK::PROJECT::PARENTS$pulumi-nodejs:dynamic/qwilt:KIND::NAME`. */
function kindOf(urn: string): string | undefined {
  const type = urn.split("::")[2]?.split("$").at(-1) ?? "";
  return /^pulumi-nodejs:dynamic\/qwilt:(\w+)$/.exec(type)?.[1];
}

/** A replacement may be three steps of one URN: the one with both states stands for all. */
function merged(steps: readonly Step[]): Step[] {
  const byUrn = new Map<string, Step>();
  for (const step of steps) {
    const first = byUrn.get(step.urn);
    const both = { oldState: first?.oldState ?? step.oldState, newState: first?.newState ?? step.newState };
    const op = first !== undefined || /replace/.test(step.op) ? "replace" : step.op;
    byUrn.set(step.urn, { op, urn: step.urn, ...both });
  }
  return [...byUrn.values()];
}

function countOthers(steps: readonly Step[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op, urn } of steps) {
    const isEngines = /::pulumi:(pulumi:Stack|providers:)/.test(urn);
    if (!isEngines && op !== "same" && op !== "read") counts[op] = (counts[op] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function saidOf({ message, severity }: { readonly message: string; readonly severity: string }): Said {
  const text = message.replace(/<\{%[^%]*%\}>/g, "").trim();
  return { severity: severity === "error" || severity === "warning" ? severity : "info", text };
}

function unique(said: readonly Said[]): Said[] {
  const texts = new Set<string>();
  return said.filter(({ severity, text }) => {
    const isNew = text !== "" && !texts.has(`${severity} ${text}`);
    texts.add(`${severity} ${text}`);
    return isNew;
  });
}
