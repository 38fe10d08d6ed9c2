/** docs/qwilt-api.md and the code agree on routes, hosts, states and statuses. */
import { defaultAssumptions } from "../../emulator/assumptions.ts";
import type { EmulatorContext } from "../../emulator/context.ts";
import { type CertificateStatus, certificateStatus } from "../../emulator/domain/certificate.ts";
import {
  acceptanceStatus,
  type Phase,
  type PublishingOperation,
  publishStatus,
  targets,
} from "../../emulator/domain/publishing-operation.ts";
import { certificateIn, nextState, signingEvents, signingStates } from "../../emulator/domain/signing-state.ts";
import { apiRoutes } from "../../emulator/http/api-server.ts";
import { SERVICES } from "../../provider/core/config.ts";
import {
  OPERATION_TYPES,
  PUBLISH_ACCEPTANCE_STATUSES,
  PUBLISH_STATUSES,
  PUBLISH_TARGETS,
} from "../../provider/wire/publishing-operation.ts";
import { SIGNING_STATES } from "../../provider/wire/signing-state.ts";
import { page } from "./generated.ts";

const text = page("docs/qwilt-api.md");

test("the routes of the reference are those of the emulator, except for unpublished paths", () => {
  const routes = apiRoutes({ rules: defaultAssumptions } as EmulatorContext).map(
    ({ method, path }) => `${method} ${path}`,
  );
  const documented = [...text.matchAll(/`((?:GET|POST|PUT|DELETE) \/api\/[^`\s?]+)`/g)]
    .map(([, route = ""]) => route)
    .filter((route) => !route.includes("..."));
  documented.push(`GET ${pathOf("device-ip")}`);
  const request = "/api/v2/certificate-signing-requests/{csrId}";
  const unknown = [
    ...defaultAssumptions.csrDownloadPaths.map((path) => `GET ${request}${path}`),
    `POST /api/v2/certificate-templates/{certificateTemplateId}${defaultAssumptions.newCsrPath}`,
    "GET /api/1/api-keys",
    "GET /api/1/api-keys/{keyId}",
    "DELETE /api/1/api-keys/{keyId}",
  ];
  expect(sorted([...documented, ...unknown])).toEqual(sorted(routes));
});

test("the services of the reference are those that the provider calls", () => {
  expect(sorted(firstColumn("## 1. Hosts", "| Service label |"))).toEqual(sorted(SERVICES));
});

test("the signing states, their next states and what may be linked are the same", () => {
  const rows = table("### 5.1", "| State |");
  expect(rows.map(([state]) => word(state))).toEqual([...signingStates]);
  expect([...SIGNING_STATES]).toEqual([...signingStates]);
  for (const [state, , , next = ""] of rows) {
    const from = signingStates.find((one) => one === word(state));
    if (from === undefined) throw new Error(`the emulator has no state ${state}`);
    const reached = signingEvents.map((event) => nextState(from, event)).filter((one) => one !== undefined);
    expect({ from, next: sorted(words(next)) }).toEqual({ from, next: sorted(reached) });
  }
  const [, linkable = ""] = /^- Linkable states: (.*?)\./m.exec(section("### 5.1")) ?? [];
  expect(words(linkable)).toEqual(signingStates.filter((state) => certificateIn(state) === "linkable"));
});

test("the acceptance statuses and the outcomes of a publish are the provider's, and so are types and targets", () => {
  const acceptance = firstColumn("### 5.2", "| Value |").map((value) => value.replace("In progress", "InProgress"));
  expect(sorted(acceptance)).toEqual(sorted(Object.keys(PUBLISH_ACCEPTANCE_STATUSES)));
  expect(valuesOf("publishStatus")).toEqual(Object.keys(PUBLISH_STATUSES));
  expect(valuesOf("operationType")).toEqual([...OPERATION_TYPES]);
  expect(valuesOf("target").sort()).toEqual([...targets].sort());
  expect([...PUBLISH_TARGETS]).toEqual([...targets]);
});

test("the pairs of acceptance and outcome are those that the emulator shows", () => {
  const phases: Record<Phase, true> = {
    validating: true,
    queued: true,
    "rolling-out": true,
    succeeded: true,
    failed: true,
    invalid: true,
    dismissed: true,
    aborted: true,
  };
  const shown = Object.keys(phases).map((phase) => {
    const operation = { phase } as PublishingOperation;
    return `${acceptanceStatus(operation)} ${publishStatus(operation)}`;
  });
  const documented = table("### 5.2", "| Phase |").map(
    ([, acceptance, status]) => `${word(acceptance)} ${word(status)}`,
  );
  expect(sorted(documented)).toEqual(sorted(new Set(shown)));
});

test("the statuses of a certificate are those that the emulator derives", () => {
  const known: Record<CertificateStatus, true> = { ISSUED: true, ACTIVE: true, EXPIRED: true, REVOKED: true };
  const [, values = ""] = /^Values (.*?) `\[client\]`/m.exec(section("### 5.3")) ?? [];
  expect(sorted(words(values))).toEqual(sorted(Object.keys(known)));
  expect(certificateStatus({ revoked: false, notAfterMs: 1, served: true }, 0)).toBe("ACTIVE");
});

test("each unknown in the reference has a number, U1 to U38", () => {
  const rows = table("## 10. Unknowns", "| # |");
  expect(rows.map(([number]) => number)).toEqual(Array.from({ length: 38 }, (_, index) => `U${index + 1}`));
  expect(text).not.toContain("[assumed]");
});

function section(heading: string): string {
  const from = text.indexOf(`\n${heading}`);
  if (from === -1) throw new Error(`docs/qwilt-api.md has no "${heading}"`);
  const end = /\n#{2,3} /g;
  end.lastIndex = from + heading.length;
  return text.slice(from, end.exec(text)?.index);
}

/** Rows of the table with that head, as cells. */
function table(heading: string, head: string): string[][] {
  const [, after] = section(heading).split(`\n${head}`);
  if (after === undefined) throw new Error(`"${heading}" has no table "${head}"`);
  const [body = ""] = after.split("\n\n");
  return body
    .split("\n")
    .slice(2)
    .filter((line) => line !== "")
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

function firstColumn(heading: string, head: string): string[] {
  return [...new Set(table(heading, head).map(([cell]) => word(cell)))];
}

function valuesOf(field: string): string[] {
  const [row] = table("### 4.7", "| Field |").filter(([name]) => name === `\`${field}\``);
  return words(row?.[2] ?? "");
}

function pathOf(service: string): string {
  const [row] = table("## 1. Hosts", "| Service label |").filter(([label]) => word(label) === service);
  return word(row?.[2]);
}

function words(cell: string): string[] {
  return [...cell.matchAll(/`([^`[]+)`/g)].map(([, one = ""]) => one);
}

function word(cell = ""): string {
  return words(cell)[0] ?? cell;
}

function sorted(values: Iterable<string>): string[] {
  return [...values].sort();
}
