import type { QwiltApi } from "../../../provider/api/qwilt-api.ts";

/** Sends every call of the API through `pass`, which decides when it may proceed. */
export function gateApi(
  api: QwiltApi,
  pass: (call: string, send: () => Promise<unknown>, args: readonly unknown[]) => Promise<unknown>,
): QwiltApi {
  const gated = <T extends object>(service: T, name: string): T =>
    new Proxy(service, {
      get(target, key) {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== "function") return member;
        return (...args: unknown[]) => pass(`${name}.${String(key)}`, () => Reflect.apply(member, target, args), args);
      },
    });
  return new Proxy(api, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key);
      return typeof member === "object" && member !== null ? gated(member, String(key)) : member;
    },
  });
}
