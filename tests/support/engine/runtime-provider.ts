/**
 * The shipped runtime in this process, called like Pulumi's dynamic-provider process calls it
 * (@pulumi/pulumi/cmd/dynamic-provider): hundreds of runs per minute. It only converts between the formats of the
 * protocol.
 */
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { QwiltError } from "../../../provider/core/errors/qwilt-error.ts";
import { reasonOf } from "../../../provider/engine/error-boundary.ts";
import { createRuntime } from "../../../provider/engine/runtime.ts";
import type { EngineProvider, Properties } from "./process-engine.ts";
import { openSession, type TestSession, type TestSessionOptions } from "./test-session.ts";

export interface RuntimeProvider extends EngineProvider {
  readonly session: TestSession;
  /** Messages on rows, including plans and warnings of previews, each prefixed with its kind. */
  readonly said: readonly string[];
}

/** @param kindOf finds the kind by the provider text of a resource; by default the text is the kind's name */
export function startRuntime(options: TestSessionOptions, kindOf: (text: unknown) => string = String): RuntimeProvider {
  const session = openSession(options);
  const runtime = createRuntime(session);
  const kind = (properties: Properties) => kindOf(properties.__provider);
  return {
    session,
    said: session.said,
    async check(olds, news) {
      const { inputs, failures } = await thrown(runtime.check(kind(news), sent(olds), sent(news)));
      return { inputs: answered(inputs, news), failures };
    },
    async diff(id, olds, news) {
      const { changes, replaces = [] } = await thrown(runtime.diff(kind(news), id, sent(olds), sent(news)));
      return { changes: changes === undefined ? DIFF_UNKNOWN : changes ? DIFF_SOME : DIFF_NONE, replaces };
    },
    create: (inputs) =>
      answer(async () => {
        const { id, outs } = await runtime.create(kind(inputs), sent(inputs));
        return { id, outs: answered(outs, inputs) };
      }),
    read: (id, props) =>
      answer(async () => {
        const found = await runtime.read(kind(props), id, sent(props));
        const inputs = found.inputs && answered(found.inputs, props);
        return { id: found.id, props: answered(found.props, props), inputs };
      }),
    update: (id, olds, news) =>
      answer(async () => {
        const { outs } = await runtime.update(kind(news), id, sent(olds), sent(news));
        return { outs: answered(outs, news) };
      }),
    remove: (id, props) =>
      answer(async () => {
        await runtime.delete(kind(props), id, sent(props));
        return true as const;
      }),
    initFailed: (error) => (error instanceof VerbError ? error.initFailed : undefined),
    close: async () => session.close(),
  };
}

/** DiffResponse.DiffChanges. */
const [DIFF_UNKNOWN, DIFF_NONE, DIFF_SOME] = [0, 1, 2];

/** What is sent as a protobuf Struct; throws for values that a Struct cannot hold. */
const wire = (properties: object) =>
  Struct.fromJavaScript(properties as Parameters<typeof Struct.fromJavaScript>[0]).toJavaScript() as Properties;

/** Properties without a value are not sent. */
const sent = (properties: Properties) =>
  wire(Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== undefined)));

const answered = (properties: object, carrier: Properties) => wire({ ...properties, __provider: carrier.__provider });

/** What the engine receives from a verb that failed. */
export class VerbError extends Error {
  readonly details: string;
  /** What the text was made from; the engine receives the text only. */
  readonly reason: QwiltError | undefined;
  readonly initFailed: ReturnType<EngineProvider["initFailed"]>;

  constructor(thrown: unknown) {
    const { message, id, properties, reasons } = thrown as Error & Partial<InitFailed>;
    super(message);
    this.details = message;
    this.reason = reasonOf(thrown);
    this.initFailed = id ? { id, properties: wire(properties ?? {}), reasons: reasons ?? [] } : undefined;
  }
}

/** With its own stack trace: errors that leave the runtime have none. */
async function thrown<T>(verb: Promise<T>): Promise<T> {
  try {
    return await verb;
  } catch (error) {
    throw new VerbError(error);
  }
}

type InitFailed = NonNullable<ReturnType<EngineProvider["initFailed"]>>;

async function answer<T>(verb: () => Promise<T>) {
  try {
    return { error: undefined, ok: await verb() };
  } catch (thrown) {
    return { error: new VerbError(thrown), ok: undefined };
  }
}
