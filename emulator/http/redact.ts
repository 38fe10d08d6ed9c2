import { isObject } from "../domain/json.ts";

const hidden = "[hidden]";
const secretName = /private.?key|password|secret|token|api.?key|authorization/i;
/** `-----BEGIN ... PRIVATE KEY` as it starts in base64. */
const armourInBase64 = "LS0tLS1CRUdJTi";

/** A copy of a request body without keys and secrets, wherever they were put. */
export function redact(value: unknown): unknown {
  if (typeof value === "string") return holdsKey(value) ? hidden : value;
  if (Array.isArray(value)) return value.map(redact);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      secretName.test(name) && inner !== null && inner !== "" ? hidden : redact(inner),
    ]),
  );
}

/** A private key can end up in the field of the certificate by mistake. */
function holdsKey(text: string): boolean {
  if (text.includes("PRIVATE KEY")) return true;
  return text.includes(armourInBase64) && Buffer.from(text, "base64").toString("latin1").includes("PRIVATE KEY");
}
