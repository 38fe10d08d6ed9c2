import { createHash } from "node:crypto";

/**
 * Identifiers in the formats of docs/qwilt-api.md 3.1. They depend only on counters and the clock: the same requests on
 * a frozen clock get the same ids.
 */
const seed = "qwilt-emulator";

/** The store keeps the counters, so that ids continue after a restart. */
export type NextNumber = (name: string) => number;

/** 24 hex digits in the layout of a MongoDB ObjectId: seconds, a constant for the kind, a counter. */
export function objectId(kind: string, next: NextNumber, now: number): string {
  const seconds = Math.floor(now / 1000) >>> 0;
  return hex(seconds, 8) + digest(`${seed} ${kind}`).slice(0, 10) + hex(next(kind) & 0xffffff, 6);
}

/** A text in the format of a version 4 UUID. */
export function uuid(kind: string, next: NextNumber): string {
  const bytes = digest(`${seed} ${kind} ${next(kind)}`);
  const variant = ((Number.parseInt(bytes[16] ?? "0", 16) & 0x3) | 0x8).toString(16);
  return [
    bytes.slice(0, 8),
    bytes.slice(8, 12),
    `4${bytes.slice(13, 16)}`,
    `${variant}${bytes.slice(17, 20)}`,
    bytes.slice(20, 32),
  ].join("-");
}

/**
 * A text that looks like an RS256 JWT (docs/qwilt-api.md 2.1, 2.3). Callers treat it as opaque: Qwilt publishes no key
 * to verify it with, so the signature is filler of the right length, and the emulator recognizes its tokens by their
 * hash.
 */
export function jwt(payload: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(payload)}`;
  const filler = Array.from({ length: 8 }, (_, index) => digest(`${seed} ${index} ${signed}`)).join("");
  return `${signed}.${Buffer.from(filler, "hex").toString("base64url")}`;
}

/** The stored form of a key or token. */
export function secretHash(secret: string): string {
  return digest(secret);
}

function digest(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
