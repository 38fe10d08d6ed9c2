import type { Assumptions } from "../assumptions.ts";
import type { Permission } from "../domain/api-key.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { isObject, type JsonObject } from "../domain/json.ts";
import type { Outcome } from "../domain/publishing-operation.ts";
import type { SigningState } from "../domain/signing-state.ts";

/** The owner of a request's credentials. */
export interface Actor {
  readonly organisation: string;
  /** Returned as `createdUser`, `username` and so on. */
  readonly username: string;
  readonly permission: Permission;
  /** As recorded in the ledger: the user name, or `api-key:` and the id of the key. */
  readonly label: string;
}

export interface ApiRequest {
  readonly actor: Actor;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** Parsed JSON; undefined if the body is empty. */
  readonly body: unknown;
  /** The time of the whole request, epoch milliseconds. */
  readonly now: number;
  /** How a publishing operation that this request starts will end. */
  readonly outcome: Outcome;
  /** State that a fault sets for the signing request that this request creates or reads. */
  readonly signing: SigningState | undefined;
  /** An unused private key in PEM; only for routes that need one. */
  readonly newKey: string | undefined;
}

export interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Route {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Template with `{name}` for parameters, as recorded in the ledger. */
  readonly path: string;
  /** Whether the request creates a publishing operation, which `publish` faults consider. */
  readonly startsOperation?: true;
  /** Whether the request creates or reads a signing request, which `signing` faults consider. */
  readonly concernsSigning?: true;
  /** Whether the request creates a signing request, for which it first waits for a private key. */
  readonly needsKey?: true;
  readonly handle: (request: ApiRequest) => Reply;
}

/** @throws ApiProblem with status 400 if the body is not a JSON object */
export function objectBody(request: { readonly body: unknown }): JsonObject {
  if (isObject(request.body)) return request.body;
  throw new ApiProblem(400, "The request body must be a JSON object.");
}

/** A path parameter. The router only passes requests that have it. */
export function param(request: ApiRequest, name: string): string {
  return request.params[name] ?? "";
}

/** A decimal id in a path; undefined for anything else, which is then not found. */
export function numericParam(request: ApiRequest, name: string): number | undefined {
  return decimalId(param(request, name));
}

/** A decimal id as written on the wire, without leading zeros; undefined for any other text. */
export function decimalId(text: string): number | undefined {
  return /^(?:0|[1-9]\d{0,14})$/.test(text) ? Number(text) : undefined;
}

/** U26: present and not false. */
export function flag(request: ApiRequest, name: string, rules: Assumptions): boolean {
  const value = request.query.get(name);
  return value !== null && !rules.falseQueryValues.includes(value.toLowerCase());
}

/** Null if omitted. @throws ApiProblem with status 400 for anything but a string */
export function optionalText(body: JsonObject, name: string): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value === "string") return value;
  throw new ApiProblem(400, `${name} must be a string.`);
}
