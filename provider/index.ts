/**
 * Entry point "pulumi-qwilt/provider". The provider texts in stacks' states require it by this path, so it must never
 * change.
 */
import type { ConfigSource } from "./core/config.ts";
import { runtime } from "./engine/dynamic/entry.ts";

type Properties = Readonly<Record<string, unknown>>;

/** What the provider texts call: the seven methods of Pulumi's dynamic provider, for one kind of resource. */
export function dynamicProvider(kind: string) {
  return {
    configure: (req: { config: ConfigSource }) => runtime.configure(req),
    check: (olds: Properties, news: Properties) => runtime.check(kind, olds, news),
    diff: (id: string, olds: Properties, news: Properties) => runtime.diff(kind, id, olds, news),
    create: (inputs: Properties) => runtime.create(kind, inputs),
    read: (id: string, props: Properties) => runtime.read(kind, id, props),
    update: (id: string, olds: Properties, news: Properties) => runtime.update(kind, id, olds, news),
    delete: (id: string, props: Properties) => runtime.delete(kind, id, props),
  };
}
