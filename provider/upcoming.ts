/**
 * What resources of this run are about to do to a site, as far as the engine has told. It lets a link go before the
 * publications of its site and leave its republish to them, so that several changes of one site need one publish.
 * Everything here is a hint: what is announced and does not come costs a moment, or one publish more, never a change.
 */
import type { PublishTarget } from "./wire/publishing-operation.ts";

export type SiteWork =
  /** A certificate that is being made: the link of any site may follow. */
  | { readonly kind: "certificate" }
  /** A revision that is being saved: a publication of its site may follow. */
  | { readonly kind: "configuration"; readonly siteId: string }
  | { readonly kind: "link"; readonly siteId: string }
  | { readonly kind: "publication"; readonly siteId: string; readonly target: PublishTarget };

/** "coming": it will be worked on or is. "over": it has ended, with the publish that it made, if it made one. */
export interface Publication {
  readonly phase: "coming" | "over";
  /** The publish that it saw through to Success. */
  readonly publishId: string | undefined;
}

/** `resource` is a URN; what has none is not known here, and goes in the order of its coming. Times: epoch milliseconds. */
export interface Upcoming {
  /** The engine asks about a resource (`check`, `diff`); usually its change follows at once. undefined: none will. */
  announce(resource: string | undefined, work: SiteWork | undefined, now: number): void;
  /** The change has begun; it is over with `end`. */
  begin(resource: string | undefined, now: number): void;
  end(resource: string | undefined, now: number): void;
  /** What had to come first is done: publications need not wait for this one any more. */
  letGo(resource: string | undefined): void;
  /** A publication saw its publish end with Success. */
  published(resource: string | undefined, publishId: string): void;
  /** Whether a publication of the target should wait: a link of the site comes first, and staging before ga. */
  linkComesFirst(siteId: string, target: PublishTarget, now: number): boolean;
  /** Whether a revision of the site is being saved, so that a publication may be announced in a moment. */
  publicationMayFollow(siteId: string, now: number): boolean;
  /** The newest publication of a target; undefined: none is known. */
  publication(siteId: string, target: PublishTarget, now: number): Publication | undefined;
}

/** A publication that depends on the link is not announced before the link is done, so a wait for it must end by itself. */
export const ANNOUNCED_FOR_MS = 2_000;
/** From the end of a change to the engine's first question about what depends on it. */
export const FOLLOWS_WITHIN_MS = 1_000;
/** Publications of two targets depend on the same revision and are announced one right after the other. */
export const SIBLINGS_WITHIN_MS = 150;
/** An upload takes seconds; who waits longer than this is waiting for something else. */
const LONGEST_CHANGE_MS = 30_000;

interface Entry {
  readonly work: SiteWork;
  phase: "announced" | "begun" | "let-go" | "over";
  /** Since when the phase is. */
  at: number;
  publishId: string | undefined;
}

export function createUpcoming(): Upcoming {
  const entries = new Map<string, Entry>();

  const all = () => [...entries.values()];
  const known = (resource: string | undefined) => (resource === undefined ? undefined : entries.get(resource));
  const isComing = ({ phase, at }: Entry, now: number) =>
    phase === "announced" ? now < at + ANNOUNCED_FOR_MS : phase === "begun" || phase === "let-go";
  /** Something that others follow on: under way, or done a moment ago. */
  const isFresh = ({ phase, at }: Entry, now: number) =>
    now < at + { announced: ANNOUNCED_FOR_MS, begun: LONGEST_CHANGE_MS, "let-go": 0, over: FOLLOWS_WITHIN_MS }[phase];
  const move = (entry: Entry | undefined, phase: Entry["phase"], now: number) => {
    if (entry !== undefined) Object.assign(entry, { phase, at: now });
  };

  return {
    announce(resource, work, now) {
      if (resource === undefined) return;
      const before = entries.get(resource);
      if (before?.phase === "begun" || before?.phase === "let-go") return;
      // A link or publication that has nothing to do has been seen: nobody needs to wait whether it comes.
      if (work !== undefined) entries.set(resource, { work, phase: "announced", at: now, publishId: undefined });
      else if (before !== undefined) Object.assign(before, { phase: "over", at: now - FOLLOWS_WITHIN_MS });
    },
    begin: (resource, now) => move(known(resource), "begun", now),
    end: (resource, now) => move(known(resource), "over", now),
    letGo(resource) {
      const entry = known(resource);
      if (entry?.phase === "begun") entry.phase = "let-go";
    },
    published(resource, publishId) {
      const entry = known(resource);
      if (entry !== undefined) entry.publishId = publishId;
    },
    linkComesFirst(siteId, target, now) {
      const ofSite = all().filter(({ work }) => "siteId" in work && work.siteId === siteId);
      const links = ofSite.filter(({ work }) => work.kind === "link");
      if (links.some((entry) => entry.phase !== "let-go" && isComing(entry, now))) return true;
      const isStaging = ({ work }: Entry) => work.kind === "publication" && work.target === "staging";
      if (target === "ga" && ofSite.some((entry) => isStaging(entry) && isComing(entry, now))) return true;
      return links.length === 0 && all().some((entry) => entry.work.kind === "certificate" && isFresh(entry, now));
    },
    publicationMayFollow(siteId, now) {
      const ofSite = all().filter(({ work }) => "siteId" in work && work.siteId === siteId);
      const newest = ofSite.filter(({ work }) => work.kind === "publication").map(({ at }) => at);
      if (newest.length > 0) return now < Math.max(...newest) + SIBLINGS_WITHIN_MS;
      return ofSite.some((entry) => entry.work.kind === "configuration" && isFresh(entry, now));
    },
    publication(siteId, target, now) {
      const entry = all().findLast(
        ({ work }) => work.kind === "publication" && work.siteId === siteId && work.target === target,
      );
      return entry && { phase: isComing(entry, now) ? "coming" : "over", publishId: entry.publishId };
    },
  };
}
