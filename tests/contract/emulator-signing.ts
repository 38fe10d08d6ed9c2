/** Helpers for templates and signing requests in tests of the emulator. */
import { type Answer, type Api, field } from "./emulator-harness.ts";

export const templates = "/api/v2/certificate-templates";
export const requests = "/api/v2/certificate-signing-requests";

export interface Made {
  readonly templateId: string;
  readonly csrId: string;
}

export async function managedTemplate(api: Api, commonName: string, ...sans: string[]): Promise<Made> {
  const body = { commonName, autoManagedCertificateTemplate: true, ...(sans.length === 0 ? {} : { sans }) };
  const made = await api.call("POST", templates, body);
  return { templateId: field(made, "certificateTemplateId"), csrId: field(made, "csrId") };
}

export function readCsr(api: Api, csrId: string): Promise<Answer> {
  return api.call("GET", `${requests}/${csrId}`);
}

export async function signingState(api: Api, csrId: string): Promise<string> {
  return field(await readCsr(api, csrId), "signingState");
}

export interface Pair {
  readonly fromDomain: string;
  readonly toDomain: string;
}

export async function pairs(api: Api, csrId: string): Promise<readonly Pair[]> {
  const { json } = await readCsr(api, csrId);
  if (typeof json !== "object" || json === null || !("challengeDelegationOfDomainsList" in json)) return [];
  return json.challengeDelegationOfDomainsList as Pair[];
}

/** Creates every CNAME record that a request needs. */
export async function delegate(api: Api, csrId: string): Promise<void> {
  for (const { fromDomain, toDomain } of await pairs(api, csrId)) await alias(api, fromDomain, toDomain);
}

export async function undelegate(api: Api, csrId: string): Promise<void> {
  for (const { fromDomain } of await pairs(api, csrId)) await api.control("DELETE", `/dns/${fromDomain}`);
}

export async function alias(api: Api, name: string, value: string): Promise<void> {
  const answer = await api.control("PUT", `/dns/${name}`, { type: "CNAME", value, ttl: 3600 });
  if (answer.status !== 200) throw new Error(`PUT /dns/${name}: ${answer.status} ${answer.text}`);
}

/** Polls until a condition is true. */
export async function until(isTrue: () => Promise<boolean>, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > deadline) throw new Error("it did not become true in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
