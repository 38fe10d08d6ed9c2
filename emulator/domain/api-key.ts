import type { Assumptions } from "../assumptions.ts";
import { ApiProblem } from "./api-problem.ts";

/** Viewers read, editors do everything (docs/qwilt-api.md 2.2). */
export type Permission = "editor" | "viewer";

export interface ApiKey {
  readonly keyId: string;
  readonly organisation: string;
  readonly name: string;
  readonly description: string | null;
  readonly ttlDays: number;
  readonly permission: Permission;
  readonly createdBy: string;
  readonly createdAtMs: number;
  /**
   * From when it is valid: at once, or after the time that a key needs to become active everywhere (docs/qwilt-api.md
   * 2.1).
   */
  readonly worksFromMs: number;
  /** SHA-256 of the key text, hex. The text itself is returned once and not stored. */
  readonly tokenHash: string;
}

export interface ApiKeyRequest {
  readonly name: string;
  readonly description: string | null;
  readonly ttlDays: number;
  readonly permission: Permission;
}

export const dayMs = 86_400_000;

export function expiresAtMs(key: ApiKey): number {
  return key.createdAtMs + key.ttlDays * dayMs;
}

export function worksAt(key: ApiKey, now: number): boolean {
  return now >= key.worksFromMs && now < expiresAtMs(key);
}

/** Fields of 4.8. @throws ApiProblem with status 400 */
export function readApiKeyRequest(body: Readonly<Record<string, unknown>>, rules: Assumptions): ApiKeyRequest {
  const { name, description, ttl, permission } = body;
  if (typeof name !== "string" || name.trim() === "")
    throw new ApiProblem(400, "name is required and must be a string.");
  if (description !== undefined && description !== null && typeof description !== "string") {
    throw new ApiProblem(400, "description must be a string.");
  }
  if (typeof ttl !== "number" || !Number.isInteger(ttl) || ttl < 1 || ttl > 365) {
    throw new ApiProblem(400, "ttl is required: a whole number of days from 1 to 365.");
  }
  const { editor, viewer } = rules.permissions;
  if (permission !== editor && permission !== viewer) {
    throw new ApiProblem(400, `permission must be "${editor}" or "${viewer}".`);
  }
  return {
    name,
    description: description ?? null,
    ttlDays: ttl,
    permission: permission === editor ? "editor" : "viewer",
  };
}
