/** The table of docs/design.md, asked from the plan itself. QWILT_UPDATE_DOCS=1 writes it anew. */
import {
  describeSteps,
  planLinkChange,
  type RunningOperation,
  type SiteNow,
  type TargetNow,
} from "../../provider/renewal/plan.ts";
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

const ROWS: readonly (readonly [observed: string, now: SiteNow, wanted: number | null])[] = [
  ["live site, certificate 25 linked and served, 31 wanted", site(25, live(25)), WANTED],
  ["the same, live on staging too", site(25, live(25), live(25, "staging")), WANTED],
  ["a run died after unlink", site(null, live(25)), WANTED],
  ["a run died before republish", site(WANTED, live(25)), WANTED],
  ["a republish whose end is unknown", site(WANTED, live("unknown")), WANTED],
  ["a publish is running", site(25, { ...live(25), running }), WANTED],
  ["site not in production, 25 linked", site(25), WANTED],
  ["site not in production, nothing linked", site(null), WANTED],
  ["31 was refused, 25 is still served and is wanted again", site(null, live(25)), 25],
  ["live site, nothing is wanted any more", site(25, live(25)), null],
  ["nothing differs", site(WANTED, live(WANTED)), WANTED],
];

test("the table in docs/design.md is what planLinkChange answers", () => {
  const rows = ROWS.map(([observed, now, wanted]) => {
    const steps = describeSteps(planLinkChange(now, wanted));
    return `| ${observed} | ${steps === "" ? "nothing: no call at preview, no publish at up" : steps} |`;
  });
  expectGenerated("docs/design.md", "plan-table", ["| Observed | Plan |", "| --- | --- |", ...rows].join("\n"));
});

test("whatever is observed, the plan is confirmed by a fresh look: what it leads to needs no more steps", () => {
  for (const [, now, wanted] of ROWS) {
    const steps = planLinkChange(now, wanted);
    if (steps.some(({ kind }) => kind === "wait")) continue;
    const published = steps.flatMap((step) => (step.kind === "republish" ? [step.target] : []));
    const targets = now.targets.map((one) => (published.includes(one.target) ? { ...one, served: wanted } : one));
    expect(planLinkChange({ linkedCertificateId: wanted, targets }, wanted)).toEqual([]);
  }
});
