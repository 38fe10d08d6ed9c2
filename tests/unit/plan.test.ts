import {
  describeSteps,
  planLinkChange,
  type SiteNow,
  type TargetNow,
  type Wanted,
} from "../../provider/renewal/plan.ts";
import { servedBy } from "../../provider/renewal/remembered.ts";

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

  test("a publish never stands between unlink and link, and never two links", () => {
    const served = [null, 1, 2, "unknown"] as const;
    for (const linked of [null, 1, 2]) {
      for (const a of served) {
        for (const b of served) {
          for (const wanted of [null, 1, 2, "new"] as const) {
            const kinds = planLinkChange(site(linked, ga(a), staging(b)), wanted).map((step) => step.kind);
            expect(kinds.join(" ")).toMatch(/^(unlink ?)?(link ?)?(republish ?)*$/);
            if (wanted !== null && kinds.includes("unlink")) expect(kinds).toContain("link");
          }
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

  test("what follows from an unchanged link is marked as inferred, also when it is remembered", () => {
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
