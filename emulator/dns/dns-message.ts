import {
  type Answer,
  AUTHORITATIVE_ANSWER,
  type DecodedPacket,
  encode,
  type Packet,
  type Question,
  TRUNCATED_RESPONSE,
} from "dns-packet";
import { type CaaValue, type DnsType, dnsTypes, parseCaa } from "./dns-record.ts";
import type { DnsZone, NamedRecord } from "./dns-zone.ts";

const rcodes = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;
type Rcode = keyof typeof rcodes;

/** A character-string of a TXT record holds at most 255 bytes (RFC 1035 section 3.3). */
const maxTextBytes = 255;
const udpPayloadSize = 1_232;
const recursionDesired = 1 << 8;
/** Seconds that a resolver may cache a missing name: short, since tests create names all the time. */
const negativeTtl = 1;

/** Answers one query from the zone. @returns undefined if no response may be sent */
export function answerQuery(zone: DnsZone, query: DecodedPacket): Packet | undefined {
  // Responding to a response would make two servers exchange messages forever.
  if (query.type !== "query") return undefined;
  const [question, second] = query.questions ?? [];
  if (opcodeOf(query) !== 0) return reply(query, "NOTIMP");
  if (question === undefined || second !== undefined) return reply(query, "FORMERR");
  if (question.class !== undefined && question.class !== "IN" && question.class !== "ANY")
    return reply(query, "REFUSED");

  const type = typeOf(question);
  // For a type that the zone cannot hold, the existence of the name and its aliases are still resolved.
  const { rcode, answers } = zone.resolve(question.name, type ?? "TXT");
  if (rcode === "silent") return undefined;
  const kept = type === undefined ? answers.filter((answer) => answer.type === "CNAME") : answers;
  const asked = kept.map((answer) => toAnswer(sameCase(answer, question.name)));
  const found = type !== undefined && kept.some((answer) => type === "ANY" || answer.type === type);
  return reply(query, rcode, {
    answers: asked,
    authorities: found || rcode === "SERVFAIL" || rcode === "REFUSED" ? [] : [startOfAuthority()],
  });
}

/**
 * The bytes for UDP: what does not fit is left out and the response marked as truncated, so that the client retries
 * over TCP.
 */
export function encodeForUdp(query: DecodedPacket, response: Packet): Buffer {
  const bytes = encode(response);
  const edns = (query.additionals ?? []).find((additional) => additional.type === "OPT");
  if (bytes.length <= Math.max(512, edns?.udpPayloadSize ?? 512)) return bytes;
  return encode({ ...response, flags: (response.flags ?? 0) | TRUNCATED_RESPONSE, answers: [], authorities: [] });
}

function reply(query: DecodedPacket, rcode: Rcode, parts: Pick<Packet, "answers" | "authorities"> = {}): Packet {
  const hasEdns = (query.additionals ?? []).some((additional) => additional.type === "OPT");
  return {
    type: "response",
    id: query.id ?? 0,
    flags: AUTHORITATIVE_ANSWER | ((query.flags ?? 0) & recursionDesired) | rcodes[rcode],
    questions: query.questions ?? [],
    ...parts,
    additionals: hasEdns
      ? [
          {
            type: "OPT",
            name: ".",
            udpPayloadSize,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  };
}

/** Bits 1 to 4 of the flags; 0 is a standard query (RFC 1035 section 4.1.1). */
function opcodeOf(query: DecodedPacket): number {
  return ((query.flags ?? 0) >> 11) & 15;
}

function typeOf(question: Question): DnsType | "ANY" | undefined {
  // The library supports ANY, but its types do not.
  const type: string = question.type;
  return type === "ANY" ? "ANY" : dnsTypes.find((known) => known === type);
}

/** Clients that mix the case of a name expect it back in the same spelling. */
function sameCase(record: NamedRecord, asked: string): NamedRecord {
  return record.name === asked.toLowerCase() ? { ...record, name: asked } : record;
}

function toAnswer({ name, type, value, ttl }: NamedRecord): Answer {
  switch (type) {
    case "CNAME":
      return { name, type, ttl, class: "IN", data: value.replace(/\.$/, "") };
    case "A":
    case "AAAA":
      return { name, type, ttl, class: "IN", data: value };
    case "TXT":
      return { name, type, ttl, class: "IN", data: textParts(value) };
    case "CAA":
      return { name, type, ttl, class: "IN", data: caaData(value) };
  }
}

function textParts(value: string): Buffer[] {
  const bytes = Buffer.from(value, "utf8");
  const parts: Buffer[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += maxTextBytes) parts.push(bytes.subarray(at, at + maxTextBytes));
  return parts;
}

function caaData(value: string): CaaValue {
  return parseCaa(value) ?? { flags: 0, tag: "issue", value: "" };
}

/** Tells resolvers that a missing record is definite, and for how long (RFC 2308). */
function startOfAuthority(): Answer {
  return {
    name: ".",
    type: "SOA",
    ttl: negativeTtl,
    class: "IN",
    data: {
      mname: "ns.invalid",
      rname: "hostmaster.invalid",
      serial: 1,
      refresh: 60,
      retry: 60,
      expire: 60,
      minimum: negativeTtl,
    },
  };
}
