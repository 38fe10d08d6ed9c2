/** DNS problems as text for the row of a template. */
import type { RecordType } from "dns-packet";
import type { DnsOutcome } from "./dns-query.ts";

export interface DnsFinding {
  /** What is wrong and what it means. */
  readonly what: string;
  /** Qwilt can neither issue nor renew until it is fixed. */
  readonly blocks: boolean;
  /** The record's state is not known: there was no response. */
  readonly unanswered?: true;
}

/** Sends one query; repeated queries within one check are answered from memory. */
export type Ask = (name: string, type: RecordType) => Promise<DnsOutcome>;

export function unanswered(name: string, why: string): DnsFinding[] {
  return [{ what: `DNS lookup of ${name} failed: ${why}`, blocks: false, unanswered: true }];
}

/** Includes what it means for the reviewer of the change. */
export function describeFinding({ what, blocks }: DnsFinding): string {
  return blocks ? `${what}. Until then Qwilt can neither issue nor renew the certificate.` : what;
}
