/** Somebody in another organization: a key and a login that Qwilt accepts, and that see nothing of the stack. */
import type { StartLine } from "./emulator-process.ts";

export interface SecondOrganization {
  readonly organization: string;
  readonly apiKey: string;
}

/** A key belongs to the organization of the login that created it (docs/qwilt-api.md 2.1). */
export async function secondOrganization(line: StartLine): Promise<SecondOrganization> {
  const organization = `${line.organization}-2`;
  const basic = Buffer.from(`${line.username}:${line.password}`).toString("base64");
  const login = await fetch(`${line.api}/login?orgId=${organization}`, {
    headers: { Authorization: `Basic ${basic}` },
    redirect: "manual",
  });
  const token = /cqloudLoginToken=([^;]+)/.exec(login.headers.get("set-cookie") ?? "")?.[1];
  if (token === undefined) throw new Error(`the login to ${organization} was answered with ${login.status}`);
  const made = await fetch(`${line.api}/api/1/api-keys`, {
    method: "POST",
    headers: { Authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "of another organization", ttl: 365, permission: "MediaEditor" }),
  });
  if (!made.ok) throw new Error(`the key of ${organization} was refused: ${made.status} ${await made.text()}`);
  const { apiToken } = (await made.json()) as { apiToken: string };
  return { organization, apiKey: apiToken };
}
