/** What the edge serves, computed from the active operations. */
import type { PublishingOperation, TakenCertificate, Target } from "./publishing-operation.ts";

export interface ServedName {
  readonly host: string;
  readonly target: Target;
  readonly withSubdomains: boolean;
  /** Null: the name is published without a certificate, so a handshake is rejected. */
  readonly certificate: TakenCertificate | null;
}

/** Keyed by target and host. */
export type EdgeView = ReadonlyMap<string, ServedName>;

export interface EdgeChange {
  readonly host: string;
  readonly target: Target;
  /** Null: from now on nothing is served. */
  readonly certificate: TakenCertificate | null;
}

/** A host in several published sites belongs to the site that was published last. */
export function edgeView(active: readonly PublishingOperation[]): EdgeView {
  const view = new Map<string, ServedName>();
  const inOrder = [...active].sort((a, b) => (a.activation ?? 0) - (b.activation ?? 0));
  for (const operation of inOrder) {
    if (operation.operationType !== "Publish") continue;
    for (const { host, withSubdomains } of operation.hosts) {
      const { target, certificate } = operation;
      view.set(key(target, host), { host, target, withSubdomains, certificate });
    }
  }
  return view;
}

/** The exact host first; then the nearest parent that serves its subdomains (docs/qwilt-api.md 4.5, `QW.AllowWildcardSubdomain`). */
export function lookupName(view: EdgeView, target: Target, name: string): ServedName | undefined {
  const host = name.toLowerCase().replace(/\.$/, "");
  const exact = view.get(key(target, host));
  if (exact !== undefined) return exact;
  for (let dot = host.indexOf("."); dot !== -1; dot = host.indexOf(".", dot + 1)) {
    const parent = view.get(key(target, host.slice(dot + 1)));
    if (parent?.withSubdomains) return parent;
  }
  return undefined;
}

/** Every name whose certificate differs between two views, sorted by target and host. */
export function edgeChanges(before: EdgeView, after: EdgeView): readonly EdgeChange[] {
  const changes: EdgeChange[] = [];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const was = before.get(name);
    const is = after.get(name);
    const known = is ?? was;
    if (known === undefined || was?.certificate?.materialId === is?.certificate?.materialId) continue;
    changes.push({ host: known.host, target: known.target, certificate: is?.certificate ?? null });
  }
  return changes;
}

function key(target: Target, host: string): string {
  return `${target} ${host}`;
}
