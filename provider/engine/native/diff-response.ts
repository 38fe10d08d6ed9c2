/** The runtime's verdict about a change as the engine's message. Pure. */
import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import type { EngineDiff } from "../runtime.ts";
import type { PathChange } from "./detailed-diff.ts";

const { Kind } = PropertyDiff;
const KINDS = {
  add: { inPlace: Kind.ADD, replacing: Kind.ADD_REPLACE },
  update: { inPlace: Kind.UPDATE, replacing: Kind.UPDATE_REPLACE },
  delete: { inPlace: Kind.DELETE, replacing: Kind.DELETE_REPLACE },
} as const;

/**
 * @param paths where the inputs differ
 * @param stable outputs that an update in place leaves as they are
 */
export function diffResponse(diff: EngineDiff, paths: readonly PathChange[], stable: readonly string[]): DiffResponse {
  const response = new DiffResponse();
  // Without changed inputs only outstanding or due work is a change (docs/pulumi-engine.md 1.14).
  const changes = diff.changes ?? paths.length > 0;
  response.setChanges(changes ? DiffResponse.DiffChanges.DIFF_SOME : DiffResponse.DiffChanges.DIFF_NONE);
  if (!changes) return response;
  const replaces = diff.replaces ?? [];
  response.setReplacesList([...replaces]);
  response.setDeletebeforereplace(diff.deleteBeforeReplace === true);
  if (replaces.length === 0) response.setStablesList([...stable]);
  for (const { path, property, kind } of paths) {
    const entry = new PropertyDiff();
    entry.setKind(KINDS[kind][replaces.includes(property) ? "replacing" : "inPlace"]);
    entry.setInputdiff(true);
    response.getDetaileddiffMap().set(path, entry);
  }
  response.setHasdetaileddiff(paths.length > 0);
  response.setDiffsList([...new Set(paths.map(({ property }) => property))]);
  return response;
}
