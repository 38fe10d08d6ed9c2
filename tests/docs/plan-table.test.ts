/** The table of docs/design.md, generated from the plan itself. QWILT_UPDATE_DOCS=1 writes it again. */
import { describeSteps, planLinkChange, type Revisions } from "../../provider/rotation/plan.ts";
import type { RunningOperation, SiteNow, TargetNow } from "../../provider/site/target.ts";
import { expectGenerated } from "./generated.ts";

const WANTED = 31;
const running: RunningOperation = { publishId: "p", startedBy: "ann", startedAt: Date.UTC(2026, 10, 23, 9) };
const live = (served: TargetNow["served"], target: TargetNow["target"] = "ga"): TargetNow => ({
  target,
  inProduction: true,
  served,
});
const site = (linkedCertificateId: number | null, ...targets: TargetNow[]): SiteNow => ({
  linkedCertificateId,
  targets,
});

/** Live with revision 7. */
const configured = (served: TargetNow["served"], target: TargetNow["target"] = "ga"): TargetNow => ({
  ...live(served, target),
  revisionId: "7",
});
const REVISION_8: Revisions = { staging: "8", ga: "8" };

const ROWS: readonly (readonly [observed: string, now: SiteNow, wanted: number | null, revisions?: Revisions])[] = [
  ["live site, certificate 25 linked and served, 31 wanted", site(25, live(25)), WANTED],
  ["the same, live on staging too", site(25, live(25), live(25, "staging")), WANTED],
  ["a run died after unlink", site(null, live(25)), WANTED],
  ["a run died before republish", site(WANTED, live(25)), WANTED],
  ["a republish whose end is unknown", site(WANTED, live("unknown")), WANTED],
  ["a publish is running", site(25, { ...live(25), running }), WANTED],
  ["site not in production, 25 linked", site(25), WANTED],
  ["site not in production, nothing linked", site(null), WANTED],
  ["31 was refused, 25 is still served and is wanted again", site(null, live(25)), 25],
  ["live site, no certificate is wanted anymore", site(25, live(25)), null],
  ["live site with revision 7, 31 wanted together with revision 8", site(25, configured(25)), WANTED, REVISION_8],
  ["the same, live on staging too", site(25, configured(25), configured(25, "staging")), WANTED, REVISION_8],
  ["the same, revision 8 is not saved yet", site(25, configured(25)), WANTED, { ga: null }],
  ["the same, a run died before its publish", site(WANTED, configured(25)), WANTED, REVISION_8],
  [
    "revision 8 with 31 came to staging and failed on ga: 25 is wanted again with revision 7",
    site(WANTED, configured("unknown"), { ...configured(WANTED, "staging"), revisionId: "8" }),
    25,
    { staging: "7", ga: "7" },
  ],
  ["revision 8 wanted, the certificate is as wanted", site(WANTED, configured(WANTED)), WANTED, REVISION_8],
  ["site not in production, 31 and revision 8 wanted", site(null), WANTED, REVISION_8],
  ["nothing differs", site(WANTED, live(WANTED)), WANTED],
];

test("the table in docs/design.md is what planLinkChange returns", () => {
  const rows = ROWS.map(([observed, now, wanted, revisions]) => {
    const steps = describeSteps(planLinkChange(now, wanted, { activate: "now", revisions }));
    return `| ${observed} | ${steps === "" ? "nothing: no call at preview, no publish at up" : steps} |`;
  });
  expectGenerated("docs/design.md", "plan-table", ["| Observed | Plan |", "| --- | --- |", ...rows].join("\n"));
});

test("whatever is observed, the state after the plan needs no more steps", () => {
  for (const [, now, wanted, revisions] of ROWS) {
    const steps = planLinkChange(now, wanted, { activate: "now", revisions });
    if (steps.some(({ kind }) => kind === "wait")) continue;
    const published = steps.flatMap((step) =>
      step.kind === "republish" || step.kind === "publish" ? [step.target] : [],
    );
    const targets = now.targets.map((one) => (published.includes(one.target) ? { ...one, served: wanted } : one));
    expect(planLinkChange({ linkedCertificateId: wanted, targets }, wanted, { activate: "now", revisions })).toEqual(
      [],
    );
  }
});
