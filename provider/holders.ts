/**
 * Which resource of this run holds what. After a rename the engine creates under the new name and then deletes the old
 * resource, which must notice that its object is not its own any more (peers.md T-11).
 */
export interface Holders {
  /** `resource` is a URN; what has none holds nothing. */
  hold(object: string, resource: string | undefined): void;
  /** True when a resource other than `resource` took the object over in this run. */
  heldByAnother(object: string, resource: string | undefined): boolean;
}

export function createHolders(): Holders {
  const holders = new Map<string, string>();
  return {
    hold(object, resource) {
      if (resource !== undefined) holders.set(object, resource);
    },
    heldByAnother(object, resource) {
      const holder = holders.get(object);
      return holder !== undefined && holder !== resource;
    },
  };
}
