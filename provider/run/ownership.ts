/**
 * Who owns an object at Qwilt, as far as this run knows. After a rename the engine creates under the new name and then
 * deletes the old resource, which must notice that the object is no longer its own (pulumi/pulumi-aws#4468). The
 * provider never deletes or unlinks what the stack did not create, and only a state can show that it did.
 */
export interface Ownership {
  /** `resource` is a URN; without one nothing is claimed. `isNew`: this run created the resource. */
  claim(object: string, resource: string | undefined, isNew?: boolean): void;
  /** True when a resource other than `resource` claims the object in this run. */
  isClaimedByAnother(object: string, resource: string | undefined): boolean;
  /** The program has these objects at this URN. */
  recordWanted(resource: string, objects: readonly string[]): void;
  isWanted(object: string, resource: string | undefined): boolean;
  /** The program assigns the object to the resource. @returns the resource that it has already assigned it to */
  declare(object: string, resource: string | undefined): string | undefined;
  /** A state, or a step of this run, shows that the stack created the object. */
  markCreated(object: string): void;
  isCreated(object: string): boolean;
  /** This run unlinked the certificate from its site, so it may be deleted without another check. */
  markReleased(object: string): void;
  isReleased(object: string): boolean;
  /** The resource's ID at Qwilt according to its state; a create of it afterwards is its replacement. */
  recordPriorId(resource: string | undefined, id: string): void;
  priorId(resource: string | undefined): string | undefined;
}

export const certificateObject = (certificateId: number | string): string => `certificate ${certificateId}`;
export const linkObject = (siteId: string): string => `link of ${siteId}`;
/** What a link knows of its site: the linked certificate, and what a publish activated. */
export const linkedObject = (siteId: string, certificateId: number): string =>
  `certificate ${certificateId} on site ${siteId}`;
export const publishObject = (publishId: string): string => `publish ${publishId}`;
export const carriedObject = (publishId: string, certificateId: number): string =>
  `certificate ${certificateId} with publish ${publishId}`;
export const publicationObject = (siteId: string, target: string): string => `publication of ${siteId} on ${target}`;

/** What one provider process of a run tells the others. */
export interface RunClaim {
  readonly object: string;
  /** URN */
  readonly resource: string;
  readonly as: "held" | "new" | "wanted";
}

export interface SharedClaims {
  /** Ids are compared within one scope only: the services, and the organization of a login. */
  enter(scope: string): void;
  add(claim: RunClaim): void;
  /** Of the other processes of this run. */
  ofOthers(): readonly RunClaim[];
}

export const NOT_SHARED: SharedClaims = { enter: () => undefined, add: () => undefined, ofOthers: () => [] };

export function createOwnership(shared: SharedClaims = NOT_SHARED): Ownership {
  const claims = new Map<string, Set<string>>();
  const wanted = new Map<string, readonly string[]>();
  const declared = new Map<string, string>();
  const created = new Set<string>();
  const released = new Set<string>();
  const priorIds = new Map<string, string>();
  return {
    claim(object, resource, isNew = false) {
      if (resource === undefined) return;
      claims.set(object, (claims.get(object) ?? new Set()).add(resource));
      shared.add({ object, resource, as: isNew ? "new" : "held" });
    },
    isClaimedByAnother(object, resource) {
      // A resource that another process created is the replacement of the one here.
      const isAnothers = (one: RunClaim) => one.object === object && (one.resource !== resource || one.as === "new");
      return (
        [...(claims.get(object) ?? [])].some((one) => one !== resource) ||
        shared.ofOthers().some((one) => one.as !== "wanted" && isAnothers(one))
      );
    },
    recordWanted(resource, objects) {
      wanted.set(resource, objects);
      for (const object of objects) shared.add({ object, resource, as: "wanted" });
    },
    isWanted(object, resource) {
      if (resource === undefined) return false;
      const isIt = (one: RunClaim) => one.as === "wanted" && one.object === object && one.resource === resource;
      return wanted.get(resource)?.includes(object) === true || shared.ofOthers().some(isIt);
    },
    declare(object, resource) {
      if (resource === undefined) return undefined;
      const first = declared.get(object) ?? resource;
      declared.set(object, first);
      return first === resource ? undefined : first;
    },
    markCreated: (object) => void created.add(object),
    isCreated: (object) => created.has(object),
    markReleased: (object) => void released.add(object),
    isReleased: (object) => released.has(object),
    recordPriorId(resource, id) {
      if (resource !== undefined) priorIds.set(resource, id);
    },
    priorId: (resource) => (resource === undefined ? undefined : priorIds.get(resource)),
  };
}
