/**
 * All errors leave the provider through here. The dynamic-provider process forwards `id`, `code` and `metadata` of
 * whatever it catches, never responds to a thrown null, and blocks its connection on large messages
 * (docs/pulumi-engine.md 1.7), so no thrown value is passed on unchanged.
 */
import { QwiltError } from "../core/errors/qwilt-error.ts";
import { internalError } from "../core/errors/setup-errors.ts";
import { Unfinished } from "../run/lifecycle.ts";
import { cleanObject } from "./json-clean.ts";

const MESSAGE_LIMIT = 8 * 1024;
const STATE_LIMIT = 30 * 1024;

/** An error without properties that the process would interpret. */
export function plainError(thrown: unknown): Error {
  return opaque(messageOf(thrown), thrown);
}

/** An error that the process forwards as a resource with init errors. */
export function initError(unfinished: Unfinished, hidden: Readonly<Record<string, unknown>>): Error {
  const failure = partialFailure(unfinished, hidden);
  return Object.assign(opaque(failure.message, unfinished.reason), failure);
}

/** What an error of this module was made from, for callers in this process that need more than its text. */
export function reasonOf(error: unknown): QwiltError | undefined {
  const reason: unknown = error instanceof Error ? Reflect.get(error, REASON) : undefined;
  return reason instanceof QwiltError ? reason : undefined;
}

const REASON = Symbol("reason");

function opaque(message: string, reason: unknown): Error {
  const error = new Error(message);
  // Not enumerable: nothing that prints the error prints this as well.
  Object.defineProperty(error, REASON, { value: reason });
  // The process prints `${error}: ${error.stack}` in addition to reporting the message: once is enough.
  error.stack = "see the error under its resource";
  error.toString = () => "pulumi-qwilt";
  return error;
}

export function isPartialFailure(thrown: unknown): thrown is Error & PartialFailure {
  return thrown instanceof Error && "reasons" in thrown && "properties" in thrown;
}

export interface PartialFailure {
  readonly id: string;
  readonly properties: Record<string, unknown>;
  readonly reasons: string[];
  readonly message: string;
}

/** Saved by the engine as a resource with init errors; the next `up` calls update, which resumes. */
function partialFailure(unfinished: Unfinished, hidden: Readonly<Record<string, unknown>>): PartialFailure {
  const message = messageOf(unfinished.reason);
  const properties = withinLimit({ ...cleanObject(unfinished.state), ...hidden });
  return { id: String(unfinished.id), properties, reasons: [message], message };
}

function messageOf(thrown: unknown): string {
  if (thrown instanceof Unfinished) return messageOf(thrown.reason);
  const text =
    thrown instanceof QwiltError
      ? thrown.message
      : internalError({
          reason: "unexpected",
          error: cut(thrown instanceof Error ? thrown.message : String(thrown ?? "nothing was thrown")),
        }).message;
  return cut(text);
}

function cut(text: string): string {
  const clean = text.replace(
    /-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(-----END [A-Z ]*PRIVATE KEY-----|$)/g,
    "(private key)",
  );
  return clean.length <= MESSAGE_LIMIT ? clean : `${clean.slice(0, MESSAGE_LIMIT)} ... (cut)`;
}

/** Drops the largest fields until the rest fits: a missing field appears as a change and is written again. */
function withinLimit(properties: Record<string, unknown>): Record<string, unknown> {
  const kept = { ...properties };
  const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value) ?? "");
  while (size(kept) > STATE_LIMIT) {
    const largest = Object.keys(kept)
      .filter((key) => !key.startsWith("__"))
      .sort((a, b) => size(kept[b]) - size(kept[a]))[0];
    if (largest === undefined) break;
    delete kept[largest];
  }
  return kept;
}
