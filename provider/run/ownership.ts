/**
 * Whose an object at Qwilt is, as far as this run can tell. After a rename the engine creates under the new name and
 * then deletes the old resource, which must notice that its object is not its own any more (pulumi/pulumi-aws#4468). What the
 * stack did not make it neither deletes nor unlinks, and only a state can tell that it did.
 */
export interface Holders {
  /** `resource` is a URN; what has none holds nothing. */
  hold(object: string, resource: string | undefined): void;
  /** True when a resource other than `resource` has the object after this run. */
  heldByAnother(object: string, resource: string | undefined): boolean;
  /** The program gives the object to the resource. @returns the resource that it has given it to already */
  claim(object: string, resource: string | undefined): string | undefined;
  /** A state, or a step of this run, shows that the stack made the object. */
  own(object: string): void;
  owned(object: string): boolean;
  /** This run took the certificate off its site, so it may be deleted without another look. */
  leave(object: string): void;
  hasLeft(object: string): boolean;
  /** What the resource is at Qwilt by its state; a create of it afterwards is its replacement. */
  met(resource: string | undefined, id: string): void;
  idBefore(resource: string | undefined): string | undefined;
}

export const certificateObject = (certificateId: number | string): string => `certificate ${certificateId}`;
export const linkObject = (siteId: string): string => `link of ${siteId}`;
/** What a link knows of its site: the certificate that is linked, and what a publish took along. */
export const linkedObject = (siteId: string, certificateId: number): string =>
  `certificate ${certificateId} on site ${siteId}`;
export const publishObject = (publishId: string): string => `publish ${publishId}`;
export const carriedObject = (publishId: string, certificateId: number): string =>
  `certificate ${certificateId} with publish ${publishId}`;
export const publicationObject = (siteId: string, target: string): string => `publication of ${siteId} on ${target}`;

export function createHolders(): Holders {
  const holders = new Map<string, Set<string>>();
  const claims = new Map<string, string>();
  const made = new Set<string>();
  const gone = new Set<string>();
  const before = new Map<string, string>();
  return {
    hold(object, resource) {
      if (resource === undefined) return;
      holders.set(object, (holders.get(object) ?? new Set()).add(resource));
    },
    heldByAnother: (object, resource) => [...(holders.get(object) ?? [])].some((holder) => holder !== resource),
    claim(object, resource) {
      if (resource === undefined) return undefined;
      const first = claims.get(object) ?? resource;
      claims.set(object, first);
      return first === resource ? undefined : first;
    },
    own: (object) => void made.add(object),
    owned: (object) => made.has(object),
    leave: (object) => void gone.add(object),
    hasLeft: (object) => gone.has(object),
    met(resource, id) {
      if (resource !== undefined) before.set(resource, id);
    },
    idBefore: (resource) => (resource === undefined ? undefined : before.get(resource)),
  };
}
