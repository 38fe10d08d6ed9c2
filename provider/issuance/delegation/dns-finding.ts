/** What is wrong in DNS, in words for the row of a template. */
import type { RecordType } from "dns-packet";
import type { DnsOutcome } from "./dns-query.ts";

export interface DnsFinding {
  /** What is wrong and what to make of it. */
  readonly what: string;
  /** Qwilt can neither issue nor renew as long as it is so. */
  readonly blocks: boolean;
  /** Nothing is known of the record: there was no answer. */
  readonly unanswered?: true;
}

/** One question; what was asked once in a lookup is not asked again. */
export type Ask = (name: string, type: RecordType) => Promise<DnsOutcome>;

export function unanswered(name: string, why: string): DnsFinding[] {
  return [{ what: `DNS lookup of ${name} failed: ${why}`, blocks: false, unanswered: true }];
}

/** With what it means for who reviews the change. */
export function describeFinding({ what, blocks }: DnsFinding): string {
  return blocks ? `${what}. Until then Qwilt can neither issue nor renew the certificate.` : what;
}
