/**
 * The engine's events as the document that `pulumi preview --json` prints. They are one JSON object per line, from
 * `--event-log FILE` or, with PULUMI_ENABLE_STREAMING_JSON_PREVIEW, from `--json` (sdk/go/common/apitype/events.go of
 * pulumi/pulumi). They do not contain the resource that the value of an input comes from.
 */
import { z } from "zod";

const State = z.object({
  id: z.string().optional(),
  inputs: z.record(z.string(), z.unknown()).nullish(),
  outputs: z.record(z.string(), z.unknown()).nullish(),
});

const Event = z.object({
  sequence: z.number(),
  resourcePreEvent: z
    .object({ metadata: z.object({ op: z.string(), urn: z.string(), old: State.nullish(), new: State.nullish() }) })
    .optional(),
  diagnosticEvent: z
    .object({
      urn: z.string().optional(),
      prefix: z.string().default(""),
      message: z.string().default(""),
      severity: z.string().default("info"),
      ephemeral: z.boolean().default(false),
    })
    .optional(),
  preludeEvent: z.object({ config: z.record(z.string(), z.string()).nullish() }).optional(),
  errorEvent: z.object({ error: z.string() }).optional(),
  summaryEvent: z.object({ isPreview: z.boolean().default(true), result: z.string().default("") }).optional(),
});
type Event = z.infer<typeof Event>;

export class UnreadableEvents extends Error {}

/**
 * undefined: the text contains no events.
 *
 * @throws UnreadableEvents when the events are not those of a complete preview
 */
export function documentOfEvents(text: string): object | undefined {
  const events = eventsOf(text);
  if (events === undefined) return undefined;
  const summaries = events.flatMap(({ summaryEvent }) => summaryEvent ?? []);
  const [summary] = summaries;
  // A preview that was cut off can have changes that are not in the events.
  if (summary === undefined) throw new UnreadableEvents("its events end before the preview does");
  if (summaries.some(({ isPreview }) => !isPreview)) throw new UnreadableEvents("its events are those of an update");
  const diagnostics = events.flatMap(diagnosticsOf);
  const isSilent = summary.result === "failed" && !diagnostics.some(({ severity }) => severity === "error");
  return {
    config: events.find(({ preludeEvent }) => preludeEvent?.config)?.preludeEvent?.config ?? {},
    steps: events.flatMap(stepsOf),
    diagnostics: isSilent ? [...diagnostics, { message: "the preview failed", severity: "error" }] : diagnostics,
  };
}

function eventsOf(text: string): Event[] | undefined {
  const lines = text.split("\n").filter((line) => line.startsWith("{"));
  const parsed = lines.map((line) => Event.safeParse(jsonOf(line)));
  if (parsed.length === 0 || parsed[0]?.success !== true) return undefined;
  return parsed.map(({ data }) => {
    if (data === undefined) throw new UnreadableEvents("one of its lines is no event of the engine");
    return data;
  });
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function stepsOf({ resourcePreEvent }: Event) {
  if (resourcePreEvent === undefined) return [];
  const { op, urn, old, new: next } = resourcePreEvent.metadata;
  return [{ op, urn, ...(old ? { oldState: stateOf(old) } : {}), ...(next ? { newState: stateOf(next) } : {}) }];
}

function stateOf({ id, inputs, outputs }: z.infer<typeof State>) {
  return { ...(id === undefined ? {} : { id }), inputs: inputs ?? {}, outputs: outputs ?? {} };
}

/** The same as in `--json`: without debug messages, which can contain anything, and without progress messages. */
function diagnosticsOf({ diagnosticEvent: one, errorEvent }: Event) {
  if (errorEvent !== undefined) return [{ message: errorEvent.error, severity: "error" }];
  if (one === undefined || one.ephemeral || one.severity === "debug") return [];
  const { urn, prefix, message, severity } = one;
  return [{ ...(urn === undefined ? {} : { urn }), message: `${prefix}${message}`, severity }];
}
