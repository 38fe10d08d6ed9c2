import { Refusal } from "../domain/refusal.ts";
import type { World } from "../world.ts";
import { type ApiRequest, param, type Route } from "./route.ts";

/** Certificate signing requests (qwilt-api.md 4.3). None exist, since templates cannot be made yet. */
export function signingRequestRoutes({ rules }: World): readonly Route[] {
  const missing = (request: ApiRequest): never => {
    throw new Refusal(404, `Certificate signing request ${param(request, "csrId")} does not exist.`);
  };
  return [
    {
      method: "GET",
      path: "/api/v2/certificate-signing-requests",
      handle: () => ({ status: rules.doneStatus, body: [] }),
    },
    { method: "GET", path: "/api/v2/certificate-signing-requests/{csrId}", handle: missing },
  ];
}
