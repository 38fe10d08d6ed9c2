import { createHash } from "node:crypto";
import type { EmulatorContext } from "../context.ts";
import type { Route } from "./route.ts";

/** Networks of the documentation ranges (RFC 5737, RFC 3849). */
const ipData = {
  "qwilt-network-1": { ipv4: ["192.0.2.0/25", "198.51.100.7"], ipv6: ["2001:db8:1::/48"] },
  "qwilt-network-2": { ipv4: ["203.0.113.0/24"], ipv6: ["2001:db8:2::/48", "2001:db8:3::5"] },
};
const md5 = createHash("md5").update(JSON.stringify(ipData)).digest("hex");

/** Addresses that may contact a customer's origin (docs/qwilt-api.md 4.9). The list never changes. */
export function allowListRoutes({ store, rules }: EmulatorContext): readonly Route[] {
  return [
    {
      method: "GET",
      path: "/api/1.0/network/device-ip",
      handle: () => ({
        status: rules.doneStatus,
        body: { md5, createTimeMillis: Number(store.meta.get("created at ms")), ipData },
      }),
    },
  ];
}
