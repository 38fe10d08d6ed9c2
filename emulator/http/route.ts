import type { Assumptions } from "../assumptions.ts";
import type { Permission } from "../domain/api-key.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { isObject, type JsonObject } from "../domain/json.ts";
import type { Outcome } from "../domain/publishing-operation.ts";
import type { SigningState } from "../domain/signing-state.ts";

/** Whose credentials a request carries. */
export interface Actor {
  readonly organisation: string;
  /** Shown as `createdUser`, `username` and so on. */
  readonly username: string;
  readonly permission: Permission;
  /** As the ledger shows it: the user name, or `api-key:` and the id of the key. */
  readonly label: string;
}

export interface ApiRequest {
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined when the body is empty. */
  readonly body: unknown;
  /** The time of the whole request, epoch milliseconds. */
  readonly now: number;
  /** How a publishing operation that this request starts will end. */
  readonly outcome: Outcome;
  /** State that a fault wants for the signing request that this request makes or shows. */
  readonly signing: SigningState | undefined;
  /** A private key in PEM that nobody has; only for routes that need one. */
  readonly newKey: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Template with `{name}` for parameters, as the ledger shows it. */
  readonly path: string;
  /** Whether the request makes a publishing operation, which is what `publish` faults look at. */
  readonly startsOperation?: true;
  /** Whether the request makes or shows a signing request, which is what `signing` faults look at. */
  readonly concernsSigning?: true;
  /** Whether the request makes a signing request, for which it first waits for a private key. */
  readonly needsKey?: true;
  readonly handle: (request: ApiRequest) => Reply;
}

/** @throws Refusal with status 400 when the body is no JSON object */
export function objectBody(request: { readonly body: unknown }): JsonObject {
  if (isObject(request.body)) return request.body;
  throw new ApiProblem(400, "The request body must be a JSON object.");
}

/** A path parameter. The router only hands over requests that have it. */
export function param(request: ApiRequest, name: string): string {
  return request.params[name] ?? "";
}

/** A decimal id in a path; undefined for anything else, which then is not found. */
export function numericParam(request: ApiRequest, name: string): number | undefined {
  return decimalId(param(request, name));
}

/** A decimal id as it is written on the wire, without leading zeros; undefined for any other text. */
export function decimalId(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined;
}

/** U26: present and not false. */
export function flag(request: ApiRequest, name: string, rules: Assumptions): boolean {
  const value = request.query.get(name);
  return value !== null && !rules.falseQueryValues.includes(value.toLowerCase());
}

/** Null when left out. @throws Refusal with status 400 for anything but a string */
export function optionalText(body: JsonObject, name: string): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  throw new ApiProblem(400, `${name} must be a string.`);
}
