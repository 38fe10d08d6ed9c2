/**
 * Whose objects a run may take for deleted. Qwilt responds to requests for another organization's objects as if they
 * did not exist (docs/qwilt-api.md 10, U17), so "not found" counts only with credentials of the organization that owns
 * the object.
 */
import type { Credentials } from "./config.ts";
import type { ErrorCode } from "./errors/codes.ts";
import { QwiltError } from "./errors/qwilt-error.ts";
import { sourceOf } from "./errors/remedies.ts";
import { otherOrganization } from "./errors/setup-errors.ts";

/** What is known about the organization of the credentials. */
export interface Known {
  /** Owners named in responses so far. */
  readonly seen: ReadonlySet<string>;
  /** Organizations that the login token claims; used until a response names an owner. */
  readonly claimed: readonly string[];
}

export type Verdict =
  /** The credentials are of this organization. */
  | { readonly kind: "own" }
  | { readonly kind: "other"; readonly organizations: readonly string[] }
  /** Not known. */
  | { readonly kind: "unknown" };

/**
 * Pure. Whether credentials belong to the organization of a state. Owners in responses count more than a login; a login
 * for several organizations does not show which one it is used for.
 *
 * @param owners organizations of the state, or of the states of the run
 */
export function judge(owners: ReadonlySet<string>, { seen, claimed }: Known): Verdict {
  if (owners.size === 0) return { kind: "unknown" };
  if (seen.size > 0) return [...seen].some((one) => owners.has(one)) ? { kind: "own" } : other(seen);
  if (claimed.length === 0) return { kind: "unknown" };
  if (!claimed.some((one) => owners.has(one))) return other(claimed);
  return claimed.length === 1 ? { kind: "own" } : { kind: "unknown" };
}

const other = (organizations: Iterable<string>): Verdict => ({ kind: "other", organizations: [...organizations] });

/** Pure. The organization that a state records, under whichever name its kind uses. */
export function organizationOf(state: object): string | undefined {
  return [Reflect.get(state, "ownerOrgId"), Reflect.get(state, "tenant")].find(isName);
}

/** Pure. The owners that a response names: of the object itself, or of each object in a list. */
export function ownersIn(body: unknown, service: string): readonly string[] {
  // An API key has its organization in a field that may hold a person in other objects.
  const fields = service === "users" ? ["ownerId"] : ["ownerOrgId", "tenant"];
  const objects: readonly unknown[] = Array.isArray(body) ? body : [body];
  return objects.flatMap((one) =>
    typeof one === "object" && one !== null ? fields.map((field) => Reflect.get(one, field)).filter(isName) : [],
  );
}

/** Errors that credentials of another organization cause: not found, or not allowed. */
const NOT_OURS: readonly ErrorCode[] = [
  "QWILT_FORBIDDEN",
  "QWILT_NOT_FOUND",
  "QWILT_SITE_MISSING",
  "QWILT_TEMPLATE_MISSING",
];

/** Called by the API layer: reports what it learned about organizations, and checks before an object is created. */
export interface OrganizationObserver {
  /** These credentials are in use from now on: owners seen with earlier credentials no longer count. */
  uses(credentials: Credentials): void;
  /** The body of a response. */
  answered(body: unknown, service: string): void;
  /** The login token is for these organizations. */
  loggedIn(organizations: readonly string[]): void;
  /** @throws QWILT_OTHER_ORGANIZATION when the states of the run belong to another organization */
  beforeMaking(): Promise<void>;
}

export interface OrganizationCheck extends OrganizationObserver {
  /** Records a state of this run. */
  meet(state: object): void;
  /** The organization of the credentials, if the responses of the run name exactly one. */
  readonly organization: string | undefined;
  /**
   * The same, with a request if no response of the run has named one yet: for a state that will record it from now on.
   */
  learnOrganization(): Promise<string | undefined>;
  /** Qwilt carried out a change on the object of this state. */
  proven(state: object): void;
  /**
   * Called before the object of this state is taken for deleted.
   *
   * @throws QWILT_OTHER_ORGANIZATION unless the credentials are known to belong to its organization
   */
  confirmAbsence(state: object, urn: string | undefined): Promise<void>;
  /** Returns what was thrown, or QWILT_OTHER_ORGANIZATION if that explains it. */
  explain(thrown: unknown, state: object | undefined, urn: string | undefined): Promise<unknown>;
}

export interface OrganizationCheckOptions {
  /**
   * Requests whose responses may name owners, the most likely first; they are sent only after something was not found.
   */
  looks(): readonly (() => Promise<unknown>)[];
}

export function createOrganizationCheck({ looks }: OrganizationCheckOptions): OrganizationCheck {
  const seen = new Set<string>();
  const met = new Set<string>();
  let claimed: readonly string[] = [];
  let looking: Promise<void> | undefined;
  let credentials: Credentials | undefined;

  async function lookUntilKnown(): Promise<void> {
    for (const look of looks()) {
      // A failed request shows nothing; the verdict is "unknown" then.
      await look().catch(() => undefined);
      if (seen.size > 0) return;
    }
  }

  /** At most once per set of credentials. */
  function look(): Promise<void> {
    looking ??= lookUntilKnown();
    return looking;
  }

  function organization(): string | undefined {
    const [only, ...more] = seen;
    return more.length === 0 ? only : undefined;
  }

  async function verdictFor(owners: ReadonlySet<string>): Promise<Verdict> {
    const known = judge(owners, { seen, claimed });
    if (known.kind !== "unknown" || owners.size === 0) return known;
    await look();
    return judge(owners, { seen, claimed });
  }

  return {
    uses(inUse) {
      credentials = inUse;
      seen.clear();
      claimed = [];
      looking = undefined;
    },
    answered(body, service) {
      for (const owner of ownersIn(body, service)) seen.add(owner);
    },
    loggedIn(organizations) {
      claimed = organizations;
    },
    meet(state) {
      const organization = organizationOf(state);
      if (organization !== undefined) met.add(organization);
    },
    get organization() {
      return organization();
    },
    async learnOrganization() {
      if (seen.size === 0) await look();
      return organization();
    },
    proven(state) {
      const organization = organizationOf(state);
      if (organization !== undefined) seen.add(organization);
    },
    async beforeMaking() {
      if (met.size === 0) return;
      const verdict = await verdictFor(met);
      if (verdict.kind !== "own")
        throw refusal({ owners: met, verdict, credentials, urn: undefined, work: "creating" });
    },
    async confirmAbsence(state, urn) {
      const organization = organizationOf(state);
      const owners = new Set(organization === undefined ? [] : [organization]);
      const verdict = await verdictFor(owners);
      if (verdict.kind !== "own") throw refusal({ owners, verdict, credentials, urn, work: "absence" });
    },
    async explain(thrown, state, urn) {
      if (!(thrown instanceof QwiltError) || !NOT_OURS.includes(thrown.code)) return thrown;
      const organization = state === undefined ? undefined : organizationOf(state);
      const owners = organization === undefined ? met : new Set([organization]);
      const verdict = await verdictFor(owners);
      return verdict.kind === "other" ? refusal({ owners, verdict, credentials, urn, work: "absence" }) : thrown;
    },
  };
}

interface Refused {
  readonly owners: ReadonlySet<string>;
  readonly verdict: Exclude<Verdict, { kind: "own" }>;
  readonly credentials: Credentials | undefined;
  readonly urn: string | undefined;
  readonly work: "absence" | "creating";
}

function refusal({ owners, verdict, credentials, urn, work }: Refused): QwiltError {
  return otherOrganization({
    work,
    owners: [...owners],
    organizations: verdict.kind === "other" ? verdict.organizations : undefined,
    credentials: credentials === undefined ? undefined : sourceOf(credentials),
    urn,
  });
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
