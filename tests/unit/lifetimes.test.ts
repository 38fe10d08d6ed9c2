/**
 * Two virtual years of nightly runs: a self-managed template rotates once per lifetime, decided by `diff` and the clock
 * alone.
 */
import type { CertificateTemplateState } from "../../provider/resources/certificate-template/args.ts";
import { certificateTemplate } from "../../provider/resources/certificate-template/resource.ts";
import { DAY_MS } from "../../provider/x509/renewal-window.ts";
import { checkContextAt } from "../support/engine/check-context.ts";

const START = Date.parse("2026-11-24T03:00:00Z");

function issued(now: number, days: number): CertificateTemplateState {
  return {
    commonName: "www.example.com",
    autoManaged: false,
    certificateTemplateId: 1,
    csrId: 2,
    csrIds: [2],
    csrPem: "",
    delegationRecords: [],
    signingState: "",
    lastCertificateId: 3,
    createdAt: new Date(now).toISOString(),
    notBefore: new Date(now).toISOString(),
    notAfter: new Date(now + days * DAY_MS).toISOString(),
    adopted: false,
  };
}

/** Skips single nights, so no rotation can be late by more than one. */
const isSkipped = (night: number) => night % 11 === 3;

describe.each([6, 45, 47, 64, 90, 100, 200, 398])("certificates of %i days", (days) => {
  test.each([
    ["a third of the lifetime", "1/3", (2 * days) / 3],
    ["four days", 4, days - 4],
  ] as const)(
    "with a window of %s rotate once per lifetime, none early, none late",
    (_title, renewBefore, dueAfter) => {
      const inputs = { commonName: "www.example.com", autoManaged: false, renewBefore };
      let state = issued(START, days);
      let issuedAt = START;
      const ages: number[] = [];
      for (let night = 0; night <= 730; night++) {
        const now = START + night * DAY_MS;
        expect(now).toBeLessThan(Date.parse(state.notAfter ?? ""));
        if (isSkipped(night)) continue;
        const change = certificateTemplate.diff(state, inputs, checkContextAt(now));
        if (change.kind === "none") continue;
        expect(change).toMatchObject({ kind: "replace", order: "create-first" });
        ages.push((now - issuedAt) / DAY_MS);
        state = issued(now, days);
        issuedAt = now;
        // The second run of the same night has nothing to do.
        expect(certificateTemplate.diff(state, inputs, checkContextAt(now)).kind).toBe("none");
      }
      for (const age of ages) {
        expect(age).toBeGreaterThanOrEqual(dueAfter);
        expect(age).toBeLessThan(dueAfter + 2);
      }
      expect(ages.length).toBeGreaterThanOrEqual(Math.floor(730 / (dueAfter + 2)));
      expect(ages.length).toBeLessThanOrEqual(Math.ceil(730 / dueAfter));
    },
  );
});
