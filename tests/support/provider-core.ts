/** The provider's core without an engine: lifecycles with a context of their own, as one provider process has it. */
import { createQwiltApi, type QwiltApi } from "../../provider/api/qwilt-api.ts";
import { createCertificatePool } from "../../provider/certificate-pool.ts";
import type { Clock } from "../../provider/clock.ts";
import { readConfig } from "../../provider/config.ts";
import { createHolders } from "../../provider/holders.ts";
import { createKeyVault } from "../../provider/key-vault.ts";
import type { Context, Row } from "../../provider/lifecycle.ts";
import { createSiteQueue } from "../../provider/site-queue.ts";
import { createTemplatesMet } from "../../provider/templates-met.ts";

export interface CoreOptions {
  readonly api: string;
  readonly apiKey: string;
  readonly clock: Clock;
  /** Puts something between the core and its calls. */
  readonly wrap?: (api: QwiltApi) => QwiltApi;
  /** Settings beside the address and the key, without their namespace. Handshakes are off unless told otherwise. */
  readonly config?: Readonly<Record<string, string>>;
  /** Environment variables that are settings. Default: none. */
  readonly env?: NodeJS.ProcessEnv;
  /** In [0, 1), for the pauses between attempts. Default 0. */
  readonly random?: () => number;
}

export interface ProviderCore {
  context(urn?: string): Context;
  /** What rows were told, each with its kind in front. */
  readonly said: readonly string[];
  meet(kind: string, id: string): void;
  abort(reason: Error): void;
  close(): void;
}

export function createProviderCore(options: CoreOptions): ProviderCore {
  const settings: Readonly<Record<string, string>> = {
    endpoint: options.api,
    apiKey: options.apiKey,
    edgeProbe: "off",
    ...options.config,
  };
  const config = readConfig({ get: (key) => settings[key.replace(/^qwilt:/, "")] }, options.env ?? {});
  const { clock } = options;
  const stop = new AbortController();
  const plain = createQwiltApi({ config, clock, signal: stop.signal, random: options.random ?? (() => 0) });
  const api = options.wrap?.(plain) ?? plain;
  const said: string[] = [];
  const met = new Set<string>();
  const row: Row = {
    status: (text) => void said.push(`status: ${text}`),
    info: (text) => void said.push(`info: ${text}`),
    warn: (text) => void said.push(`warn: ${text}`),
  };
  const shared = {
    api,
    config,
    clock,
    row,
    signal: stop.signal,
    pool: createCertificatePool(api),
    keys: createKeyVault(),
    holders: createHolders(),
    templates: createTemplatesMet(),
    sites: createSiteQueue(stop.signal),
    stack: { has: (kind: string, id: string) => met.has(`${kind} ${id}`) },
  };
  return {
    context: (urn) => ({ ...shared, urn }),
    said,
    meet: (kind, id) => void met.add(`${kind} ${id}`),
    abort: (reason) => stop.abort(reason),
    close: () => plain.close(),
  };
}

/** Sends every call of the API through `pass`, which decides when it may go. */
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
