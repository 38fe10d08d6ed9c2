/** A certificate template (docs/qwilt-api.md 4.2): the names and the method of issuance. Immutable. */
import type { Assumptions } from "../assumptions.ts";
import { ApiProblem } from "./api-problem.ts";
import { certificateNames, toAscii } from "./delegation.ts";
import type { JsonObject } from "./json.ts";

export interface SubjectFields {
  /** As given, wildcard or not. */
  readonly commonName: string;
  /** As given, in order and without the common name; null if omitted (R5). */
  readonly sans: readonly string[] | null;
  /** ISO 3166-1, two letters. Null if omitted, never "" (R4). */
  readonly country: string | null;
  readonly state: string | null;
  readonly locality: string | null;
  readonly organizationName: string | null;
}

export interface CertificateTemplate extends SubjectFields {
  readonly templateId: number;
  readonly organisation: string;
  /** True: Qwilt manages the life cycle. False: the customer's CA signs. */
  readonly autoManaged: boolean;
  readonly createdAtMs: number;
}

export type NewTemplate = Omit<CertificateTemplate, "templateId" | "organisation" | "createdAtMs">;

/** @throws ApiProblem with status 400 that names the field */
export function readTemplate(body: JsonObject, rules: Assumptions): NewTemplate {
  const { commonName, autoManagedCertificateTemplate: managed } = body;
  if (typeof commonName !== "string" || commonName.trim() === "") throw new ApiProblem(400, "commonName is required.");
  if (managed !== undefined && managed !== null && typeof managed !== "boolean") {
    throw new ApiProblem(400, "autoManagedCertificateTemplate must be true or false.");
  }
  const sans = readSans(body.sans, rules);
  for (const name of [commonName, ...(sans ?? [])]) requireName(name);
  const country = subjectText(body, "country", rules);
  if (country !== null && !/^[A-Za-z]{2}$/.test(country)) {
    throw new ApiProblem(400, "country must be a code of two letters (ISO 3166-1).");
  }
  return {
    commonName,
    sans,
    country,
    state: subjectText(body, "state", rules),
    locality: subjectText(body, "locality", rules),
    organizationName: subjectText(body, "organizationName", rules),
    autoManaged: managed ?? rules.autoManagedByDefault,
  };
}

export function namesOf({ commonName, sans }: Pick<SubjectFields, "commonName" | "sans">): readonly string[] {
  return certificateNames(commonName, sans);
}

function readSans(value: unknown, rules: Assumptions): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw new ApiProblem(400, "sans must be an array of names.");
  const names = value.map((name: unknown) => {
    if (typeof name === "string") return name;
    throw new ApiProblem(400, "sans must be an array of names.");
  });
  if (names.length > rules.mostSans) throw new ApiProblem(400, `sans must have at most ${rules.mostSans} names.`);
  if (rules.duplicateSans === "refuse" && new Set(names.map(toAscii)).size < names.length) {
    throw new ApiProblem(400, "sans must not have a name twice.");
  }
  return names;
}

/** A fully qualified name of RFC 1035; only the first label may be a wildcard. */
function requireName(name: string): void {
  const ascii = toAscii(name);
  const labels = ascii.replace(/^\*\./, "").split(".");
  const isName =
    ascii.length <= 230 &&
    labels.length >= 2 &&
    labels.every((label) => /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? "");
  if (!isName) throw new ApiProblem(400, `"${name}" is no fully qualified domain name.`);
}

function subjectText(body: JsonObject, name: string, rules: Assumptions): string | null {
  const value = body[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "string") throw new ApiProblem(400, `${name} must be a string.`);
  if (value !== "") return value;
  if (rules.emptySubjectText === "refuse") throw new ApiProblem(400, `${name} must not be empty.`);
  // Older official clients send "" for omitted fields; a response must never contain it (R4).
  return null;
}
