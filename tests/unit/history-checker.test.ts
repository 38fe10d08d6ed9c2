/**
 * The checker of every other test is tested itself: ledgers that must be reported, and similar ones that are allowed.
 */
import type { EdgeChange, LedgerRow } from "../support/emulator/emulator-process.ts";
import { type Claim, expectInvariants, type Facts, judgeHistory } from "../support/history/checker.ts";

const SITE = "65fc70554a1c9c72079eb803";
const HOST = "www.example.com";
const STACK = "api-key:1";
const OTHER = "api-key:2";

/** One word per request: "link 25", "unlink 25", "republish", "publish", "un-publish", "delete 25", "delete site". */
interface Said {
  readonly word: string;
  readonly status?: number;
  readonly actor?: string;
  readonly fault?: unknown;
}

function ledger(...said: (string | Said)[]): LedgerRow[] {
  return said.map((one, index) => {
    const { word, status = 200, actor = STACK, fault } = typeof one === "string" ? { word: one } : one;
    return {
      seq: index + 1,
      at: at(index + 1),
      ...request(word),
      status,
      actor,
      ...(fault === undefined ? {} : { fault }),
    };
  });
}

function request(word: string): Pick<LedgerRow, "method" | "path" | "route" | "body"> {
  const [verb = "", id = ""] = word.split(" ");
  const site = `//api/v2/sites/${SITE}`;
  const row = (method: string, path: string, body: unknown = null) => ({ method, path, route: "", body });
  switch (verb) {
    case "link":
      return row("POST", `${site}/certificates`, { certificateId: id });
    case "unlink":
      return row("DELETE", `${site}/certificates/${id}`);
    case "links":
      return row("GET", `${site}/certificates`);
    case "publish":
      return row("POST", `${site}/publishing-operations`, { revisionId: "r", target: "ga" });
    case "republish":
    case "un-publish":
      return row("POST", `${site}/publishing-operations/actions/${verb}`, { target: "ga" });
    case "cancel":
      return row("POST", `${site}/publishing-operations/p1/actions/cancel`);
    case "delete":
      return id === "site" ? row("DELETE", `${site}?permanent=true`) : row("DELETE", `/api/v2/certificates/${id}`);
    default:
      throw new Error(`no such word: ${word}`);
  }
}

const at = (second: number) => new Date(Date.UTC(2027, 0, 1, 0, 0, second)).toISOString();
const print = (certificateId: number) => String(certificateId).padStart(64, "0");

/** What production serves on HOST from a second on; null: nothing. */
function edge(...changes: [second: number, certificateId: number | null, notAfter?: string][]): EdgeChange[] {
  return changes.map(([second, certificateId, notAfter = "2028-01-01T00:00:00Z"]) => ({
    at: at(second),
    host: HOST,
    target: "ga",
    certificateId,
    fingerprint: certificateId === null ? null : print(certificateId),
    notAfter: certificateId === null ? null : notAfter,
  }));
}

const secured: Facts = { actors: [STACK], securedSites: [SITE] };
const always: Facts = { served: [{ hosts: [HOST], from: at(1), until: at(60), valid: true }] };
const claim = (kind: Claim["kind"], certificateId: number): Facts => ({
  claims: [
    { kind, seq: 60, at: at(60), siteId: SITE, certificateId, hosts: [HOST], fingerprint: print(certificateId) },
  ],
});

interface Case {
  readonly title: string;
  readonly ledger?: LedgerRow[];
  readonly edge?: EdgeChange[];
  readonly facts: Facts;
}

const red: Record<1 | 2 | 3 | 4 | 5 | 6, Case[]> = {
  1: [
    {
      title: "a republish between unlink and link",
      ledger: ledger("link 25", "unlink 25", "republish", "link 31", "republish"),
      facts: secured,
    },
    {
      title: "a publish of a new revision between unlink and link, whose answer was cut",
      ledger: ledger("link 25", "unlink 25", { word: "publish", fault: { effect: { reset: "after" } } }, "link 31"),
      facts: secured,
    },
    {
      title: "a publish after an unlink whose answer was cut",
      ledger: ledger("link 25", { word: "unlink 25", fault: { effect: { reset: "after" } } }, "publish", "link 31"),
      facts: secured,
    },
    {
      title: "a first publish of a site that should have a link first",
      ledger: ledger("publish", "link 25"),
      facts: secured,
    },
    {
      title: "a removal that was declared for a later time",
      ledger: ledger("link 25", "unlink 25", "republish"),
      facts: { removals: [{ from: 3, to: 9 }] },
    },
  ],
  2: [
    { title: "no link at the end", ledger: ledger("link 25", "unlink 25"), facts: secured },
    { title: "never a link", ledger: ledger("links"), facts: secured },
    { title: "two links at a time", ledger: ledger("link 25", "link 31"), facts: secured },
    {
      title: "a link that only seemed to be refused",
      ledger: ledger("link 25", { word: "unlink 25", status: 500, fault: { effect: { status: 500 } } }, "link 31"),
      facts: secured,
    },
    {
      title: "an unlink of what is linked again (B23)",
      ledger: ledger("link 25", "unlink 25", "link 25"),
      facts: secured,
    },
    {
      title: "the same beside a run that was killed earlier",
      ledger: ledger("link 25", "unlink 25", "link 25"),
      facts: { ...secured, kills: [1, 3] },
    },
  ],
  3: [
    { title: "a moment with nothing served", edge: edge([1, 25], [5, null], [6, 31]), facts: always },
    { title: "an expired certificate", edge: edge([1, 25, at(30)]), facts: always },
    { title: "an expired certificate until the rotation came", edge: edge([1, 25, at(30)], [40, 31]), facts: always },
    { title: "nothing, from before the time in question", edge: edge([0, null]), facts: always },
    { title: "a stranger", edge: edge([1, 25], [5, 99]), facts: { known: [print(25), print(31)] } },
  ],
  4: [
    { title: "the old certificate still", edge: edge([1, 25]), facts: claim("success", 31) },
    { title: "nothing at all", edge: [], facts: claim("success", 31) },
    { title: "the wanted one, later", edge: edge([1, 25], [61, 31]), facts: claim("success", 31) },
  ],
  5: [
    {
      title: "the edge serves another",
      ledger: ledger("link 31"),
      edge: edge([1, 25]),
      facts: claim("empty preview", 31),
    },
    {
      title: "another is linked",
      ledger: ledger("link 31", "unlink 31", "link 25"),
      edge: edge([1, 31]),
      facts: claim("empty preview", 31),
    },
    {
      title: "nothing is linked",
      ledger: ledger("link 31", "unlink 31"),
      edge: edge([1, 31]),
      facts: claim("empty preview", 31),
    },
    {
      title: "what Qwilt renewed by itself, unlinked since",
      ledger: ledger("link 25", "links", "unlink 31"),
      edge: edge([1, 25], [2, 31]),
      facts: { ...claim("empty preview", 31), renewals: [{ seq: 2, siteId: SITE, certificateId: 31 }] },
    },
    {
      title: "the certificate before Qwilt's own renewal",
      ledger: ledger("link 25", "links"),
      edge: edge([1, 25]),
      facts: { ...claim("empty preview", 25), renewals: [{ seq: 2, siteId: SITE, certificateId: 31 }] },
    },
  ],
  6: [
    {
      title: "an unlink of what somebody else linked",
      ledger: ledger({ word: "link 7", actor: OTHER }, "unlink 7", "link 25"),
      facts: secured,
    },
    {
      title: "an unlink of a foreign certificate that was there before",
      ledger: ledger("unlink 7", "link 25"),
      facts: { foreign: { certificates: [7] } },
    },
    { title: "a foreign certificate deleted", ledger: ledger("delete 7"), facts: { foreign: { certificates: [7] } } },
    { title: "a foreign site deleted", ledger: ledger("delete site"), facts: { foreign: { sites: [SITE] } } },
  ],
};

const green: Record<1 | 2 | 3 | 4 | 5 | 6, Case[]> = {
  1: [
    { title: "a rotation", ledger: ledger("link 25", "publish", "unlink 25", "link 31", "republish"), facts: secured },
    {
      title: "a publish that was cut before it was done",
      ledger: ledger(
        "link 25",
        "unlink 25",
        { word: "republish", status: 0, fault: { effect: { reset: "before" } } },
        "link 31",
      ),
      facts: secured,
    },
    {
      title: "a publish that a fault answered in its place",
      ledger: ledger(
        "link 25",
        "unlink 25",
        { word: "publish", status: 200, fault: { effect: { status: 200 } } },
        "link 31",
      ),
      facts: secured,
    },
    {
      title: "an un-publish or a cancel with nothing linked",
      ledger: ledger("link 25", "publish", "unlink 25", "un-publish", "cancel"),
      facts: {},
    },
    {
      title: "a declared removal, which unlinks and republishes",
      ledger: ledger("link 25", "publish", "unlink 25", "republish"),
      facts: { removals: [{ from: 2, to: 4, siteId: SITE }] },
    },
    { title: "a site that never had a certificate", ledger: ledger("publish", "publish"), facts: {} },
  ],
  2: [
    {
      title: "a roll-back after a refused link",
      ledger: ledger("link 25", "unlink 25", { word: "link 31", status: 404 }, "link 25"),
      facts: secured,
    },
    {
      title: "a link repeated after a cut answer and refused",
      ledger: ledger({ word: "link 25", fault: { effect: { reset: "after" } } }, { word: "link 25", status: 409 }),
      facts: secured,
    },
    {
      title: "a roll-back that was killed after its unlink, and the next run, which wants the same again",
      ledger: ledger("link 25", "unlink 25", "link 31", "republish", "unlink 31", "link 31"),
      facts: { ...secured, kills: [5] },
    },
    {
      title: "a run that died after unlink, and the next",
      ledger: ledger("link 25", "unlink 25", "links", "link 31"),
      facts: secured,
    },
    {
      title: "a removal that was declared, and taken back later",
      ledger: ledger("link 25", "unlink 25", "link 25"),
      facts: { ...secured, removals: [{ from: 1, to: 2 }] },
    },
    {
      title: "somebody else's unlink, put right",
      ledger: ledger("link 25", { word: "unlink 25", actor: OTHER }, "link 25"),
      facts: secured,
    },
  ],
  3: [
    { title: "one certificate after the other", edge: edge([1, 25], [5, 31], [9, 25]), facts: always },
    { title: "an expired one, replaced in time", edge: edge([1, 25, at(30)], [20, 31]), facts: always },
    {
      title: "nothing, before and after the time in question",
      edge: edge([0, null], [1, 25], [61, null]),
      facts: always,
    },
    { title: "none but known ones", edge: edge([1, 25]), facts: { known: [print(25)] } },
  ],
  4: [{ title: "the wanted one", edge: edge([1, 25], [5, 31]), facts: claim("success", 31) }],
  5: [
    {
      title: "all three the same",
      ledger: ledger("link 25", "unlink 25", "link 31", "republish"),
      edge: edge([1, 25], [5, 31]),
      facts: claim("empty preview", 31),
    },
    {
      title: "Qwilt renewed by itself",
      ledger: ledger("link 25", "links"),
      edge: edge([1, 25], [2, 31]),
      facts: { ...claim("empty preview", 31), renewals: [{ seq: 1, siteId: SITE, certificateId: 31 }] },
    },
    {
      title: "Qwilt renewed by itself, and the stack went on",
      ledger: ledger("link 25", "links", "unlink 31", "link 40", "republish"),
      edge: edge([1, 25], [2, 31], [5, 40]),
      facts: { ...claim("empty preview", 40), renewals: [{ seq: 2, siteId: SITE, certificateId: 31 }] },
    },
  ],
  6: [
    {
      title: "a foreign link, replaced because the program says so",
      ledger: ledger({ word: "link 7", actor: OTHER }, "unlink 7", "link 25"),
      facts: { ...secured, replaceable: [SITE] },
    },
    {
      title: "a foreign certificate deleted by its owner",
      ledger: ledger({ word: "delete 7", actor: OTHER }),
      facts: { ...secured, securedSites: [], foreign: { certificates: [7] } },
    },
    {
      title: "a refused deletion",
      ledger: ledger({ word: "delete 7", status: 409 }),
      facts: { foreign: { certificates: [7] } },
    },
    {
      title: "its own",
      ledger: ledger("link 25", "unlink 25", "delete 25", "delete site"),
      facts: { foreign: { certificates: [7], sites: ["another"] } },
    },
  ],
};

const judged = ({ ledger: rows = [], edge: changes = [], facts }: Case) =>
  judgeHistory({ ledger: rows, edge: changes }, facts);

describe.each([1, 2, 3, 4, 5, 6] as const)("invariant %i", (invariant) => {
  test.each(red[invariant])("is broken by: $title", (each) => {
    const violations = judged(each);
    expect(violations.map((one) => one.invariant)).toContain(invariant);
  });
  test.each(green[invariant])("is kept by: $title", (each) => expect(judged(each)).toEqual([]));
});

describe("what Qwilt's Terraform provider does (docs/qwilt-api.md 7.2 and 8)", () => {
  test("B11: a publish refused after the link, and the next apply, which unlinks what it linked", () => {
    const rows = ledger(
      "link 25",
      "publish",
      "links",
      "unlink 25",
      "link 31",
      "publish",
      "links",
      "unlink 31",
      "link 31",
      "publish",
    );
    const violations = judgeHistory({ ledger: rows, edge: edge([2, 25], [10, 31]) }, secured);
    expect(violations).toEqual([expect.objectContaining({ invariant: 2, rows: [rows[7], rows[8]] })]);
  });

  test("B23: the same certificate again, unlinked first", () => {
    const rows = ledger("links", "link 25", "publish", "links", "unlink 25", "link 25", "publish");
    expect(judgeHistory({ ledger: rows, edge: [] }, secured).map(({ invariant }) => invariant)).toEqual([2]);
  });

  test("B9: a publish that was accepted, then lost, and reported as success", () => {
    const rows = ledger("link 25", "publish", "unlink 25", "link 31", "publish");
    const facts = { ...secured, ...claim("success", 31) };
    expect(judgeHistory({ ledger: rows, edge: edge([2, 25]) }, facts).map(({ invariant }) => invariant)).toEqual([4]);
  });

  test("a publish that was never sent, and reported as success", () => {
    const rows = ledger("link 25", "publish", "unlink 25", "link 31", { word: "publish", status: 0 });
    const facts = { ...secured, ...claim("success", 31) };
    expect(judgeHistory({ ledger: rows, edge: edge([2, 25]) }, facts).map(({ invariant }) => invariant)).toEqual([4]);
  });
});

test("a violation is reported with its invariant and the rows that show it", () => {
  const rows = ledger("link 25", "unlink 25", "republish");
  expect(() => expectInvariants({ ledger: rows, edge: [] }, {})).toThrow(
    /invariant 1 \(no publish while[\s\S]*nothing linked\n.*2 2027.* DELETE .*certificates\/25 200.*\n.*3 2027.* POST .*republish 200/,
  );
});
