import { describeSteps, type PlanOptions, planLinkChange, type Wanted } from "../../provider/rotation/plan.ts";
import { servedBy } from "../../provider/site/last-observed.ts";
import type { SiteNow, TargetNow } from "../../provider/site/target.ts";

const ga = (served: TargetNow["served"], running?: boolean): TargetNow => ({
  target: "ga",
  inProduction: true,
  served,
  ...(running ? { running: { publishId: "p1", startedBy: "ann", startedAt: 0 } } : {}),
});
const staging = (served: TargetNow["served"]): TargetNow => ({ target: "staging", inProduction: true, served });
const site = (linkedCertificateId: number | null, ...targets: TargetNow[]): SiteNow => ({
  linkedCertificateId,
  targets,
});

describe("planLinkChange", () => {
  test.each<[string, SiteNow, Wanted, string]>([
    ["a live site moves to a new certificate", site(25, ga(25)), 31, "unlink 25 -> link 31 -> republish ga"],
    [
      "an id that is not known yet is named in words",
      site(25, ga(25)),
      "new",
      "unlink 25 -> link the new certificate -> republish ga",
    ],
    [
      "staging is republished before ga",
      site(25, ga(25), staging(25)),
      31,
      "unlink 25 -> link 31 -> republish staging -> republish ga",
    ],
    ["a run that died after unlink goes on with link", site(null, ga(25)), 31, "link 31 -> republish ga"],
    ["a run that died before republish only republishes", site(31, ga(25)), 31, "republish ga"],
    ["a publish whose certificate nobody knows is made again", site(31, ga("unknown")), 31, "republish ga"],
    [
      "a running publish is waited for, alone",
      site(25, ga(25, true)),
      31,
      "wait for the publish of ga that ann started at 1970-01-01T00:00:00.000Z",
    ],
    ["a running publish of a site that is as wanted is nobody's business", site(31, ga(31, true)), 31, ""],
    ["a site outside production is only linked", site(25), 31, "unlink 25 -> link 31"],
    ["a first link needs no unlink", site(null), 31, "link 31"],
    ["nothing differs, nothing is done", site(31, ga(31)), 31, ""],
    ["going back to what the edge still serves publishes nothing", site(null, ga(25)), 25, "link 25"],
    [
      "a link that is not wanted any more is taken away and the edge told",
      site(25, ga(25)),
      null,
      "unlink 25 -> republish ga",
    ],
    ["a removed link on a site outside production publishes nothing", site(25), null, "unlink 25"],
  ])("%s", (_title, now, wanted, steps) => expect(describeSteps(planLinkChange(now, wanted))).toBe(steps));

  test("with activate next-publish nothing is republished", () => {
    expect(describeSteps(planLinkChange(site(25, ga(25)), 31, { activate: "next-publish" }))).toBe(
      "unlink 25 -> link 31",
    );
  });

  describe("with a revision that goes live together with the certificate", () => {
    const live = (served: TargetNow["served"], revisionId: string): TargetNow => ({ ...ga(served), revisionId });
    const both = { staging: "8", ga: "8" };

    test.each<[string, SiteNow, Wanted, PlanOptions["revisions"], string]>([
      [
        "it is published in place of the active one",
        site(25, live(25, "7")),
        31,
        both,
        "unlink 25 -> link 31 -> publish revision 8 on ga",
      ],
      [
        "one whose id is not known yet is named in words",
        site(25, live(25, "7")),
        "new",
        { ga: null },
        "unlink 25 -> link the new certificate -> publish the new revision on ga",
      ],
      [
        "one that is live already is republished",
        site(25, live(25, "8")),
        31,
        both,
        "unlink 25 -> link 31 -> republish ga",
      ],
      [
        "staging comes before ga, each with its own",
        site(25, live(25, "7"), { ...staging(25), revisionId: "7" }),
        31,
        { staging: "9", ga: "8" },
        "unlink 25 -> link 31 -> publish revision 9 on staging -> publish revision 8 on ga",
      ],
      [
        "a target without one keeps its revision",
        site(25, live(25, "7"), { ...staging(25), revisionId: "7" }),
        31,
        { staging: "8" },
        "unlink 25 -> link 31 -> publish revision 8 on staging -> republish ga",
      ],
      ["a new revision alone is no change", site(31, live(31, "7")), 31, both, ""],
      ["a new revision alone is no change, its id unknown", site(31, live(31, "7")), 31, { ga: null }, ""],
      ["a target that is not live is not published", site(25), 31, both, "unlink 25 -> link 31"],
      ["a run that died before the publish makes it", site(31, live(25, "7")), 31, both, "publish revision 8 on ga"],
      [
        "a run that died after unlink goes on with link",
        site(null, live(25, "7")),
        31,
        both,
        "link 31 -> publish revision 8 on ga",
      ],
      [
        "a roll-back brings the earlier revision where the new one went",
        site(31, live("unknown", "7"), { ...staging(31), revisionId: "8" }),
        25,
        { staging: "7", ga: "7" },
        "unlink 31 -> link 25 -> publish revision 7 on staging -> republish ga",
      ],
      [
        "a publish whose certificate nobody knows is made with it",
        site(31, live("unknown", "7")),
        31,
        both,
        "publish revision 8 on ga",
      ],
      [
        "a running publish is waited for, alone",
        site(25, { ...ga(25, true), revisionId: "7" }),
        31,
        both,
        "wait for the publish of ga that ann started at 1970-01-01T00:00:00.000Z",
      ],
    ])("%s", (_title, now, wanted, revisions, steps) =>
      expect(describeSteps(planLinkChange(now, wanted, { activate: "now", revisions }))).toBe(steps),
    );

    test("with activate next-publish it is not published", () => {
      const options = { activate: "next-publish", revisions: both } as const;
      expect(describeSteps(planLinkChange(site(25, live(25, "7")), 31, options))).toBe("unlink 25 -> link 31");
    });
  });

  test("never a publish between unlink and link, never two links, never two publishes of a target", () => {
    const served = [null, 1, 2, "unknown"] as const;
    const all = [null, 1, 2].flatMap((linked) =>
      served.flatMap((a) => served.map((b) => site(linked, ga(a), staging(b)))),
    );
    for (const revisions of [undefined, {}, { ga: "8" }, { staging: null, ga: null }]) {
      for (const wanted of [null, 1, 2, "new"] as const) {
        for (const now of all) {
          const kinds = planLinkChange(now, wanted, { activate: "now", revisions }).map((step) => step.kind);
          expect(kinds.join(" ")).toMatch(/^(unlink ?)?(link ?)?((republish|publish) ?){0,2}$/);
          if (wanted !== null && kinds.includes("unlink")) expect(kinds).toContain("link");
        }
      }
    }
  });
});

describe("servedBy", () => {
  const remembered = (certificateId: number | null | "unknown", linkedCertificateId: number | null) => ({
    linkedCertificateId,
    targets: { ga: { publishId: "p1", publishStatus: "Success", activatedAt: "", certificateId } },
  });
  test.each([
    ["the publish we followed serves what it took along", "p1", 31, remembered(25, 25), 25],
    ["a later publish with our certificate still linked serves it", "p2", 25, remembered(25, 25), 25],
    ["a later publish after the link changed is unknown", "p2", 31, remembered(25, 25), "unknown"],
    ["a publish that was only found stays unknown", "p1", 31, remembered("unknown", 31), "unknown"],
    ["without a memory it is unknown", "p1", 31, undefined, "unknown"],
    [
      "our publish whose end was not seen serves what it took along",
      "p3",
      31,
      { ...remembered(25, 25), pending: { target: "ga", publishId: "p3", certificateId: 31 } },
      31,
    ],
  ] as const)("%s", (_title, active, linked, memory, served) =>
    expect(servedBy(active, linked, memory, "ga").certificateId).toBe(served),
  );

  test("what is derived from an unchanged link is marked as inferred, also if it is remembered", () => {
    const found = servedBy("p2", 25, remembered(25, 25), "ga");
    expect(found).toEqual({ certificateId: 25, inferred: true });
    const again = {
      linkedCertificateId: 25,
      targets: { ga: { publishId: "p2", publishStatus: "", activatedAt: "", ...found } },
    };
    expect(servedBy("p2", 25, again, "ga")).toEqual(found);
    expect(servedBy("p1", 25, remembered(25, 25), "ga").inferred).toBe(false);
  });
});
