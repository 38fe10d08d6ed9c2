import { Refusal } from "../domain/refusal.ts";
import type { World } from "../world.ts";
import { type ApiRequest, param, type Route } from "./route.ts";

/** Certificate templates (qwilt-api.md 4.2). The pool has none: they cannot be made yet. */
export function templateRoutes({ rules }: World): readonly Route[] {
  const item = "/api/v2/certificate-templates/{certificateTemplateId}";
  const missing = (request: ApiRequest): never => {
    throw new Refusal(404, `Certificate template ${param(request, "certificateTemplateId")} does not exist.`);
  };
  return [
    { method: "GET", path: "/api/v2/certificate-templates", handle: () => ({ status: rules.doneStatus, body: [] }) },
    { method: "GET", path: item, handle: missing },
    { method: "DELETE", path: item, handle: missing },
  ];
}
