/** Addresses that may contact the customer's origin (docs/qwilt-api.md 4.9). */
import { OriginAllowList } from "../../wire/origin-allow-list.ts";
import type { Requester } from "../http/request.ts";

export interface OriginAllowListApi {
  get(): Promise<OriginAllowList>;
}

export function createOriginAllowListApi(requester: Requester): OriginAllowListApi {
  return {
    get: () =>
      requester.json({ service: "device-ip", method: "GET", path: "/api/1.0/network/device-ip" }, OriginAllowList),
  };
}
