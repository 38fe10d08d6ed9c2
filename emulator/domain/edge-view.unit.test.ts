import { edgeChanges, edgeView, lookupName } from "./edge-view.ts";
import type { PublishingOperation, ServedHost, Target } from "./publishing-operation.ts";

interface Live {
  readonly hosts: readonly (string | ServedHost)[];
  readonly materialId?: number;
  readonly target?: Target;
  readonly activation?: number;
  readonly operationType?: "Publish" | "Unpublish";
}

function live({
  hosts,
  materialId,
  target = "ga",
  activation = 1,
  operationType = "Publish",
}: Live): PublishingOperation {
  return {
    publishId: `${target} ${activation}`,
    siteId: "s",
    organisation: "devorg",
    revisionId: "r",
    configLastModifiedMs: 0,
    target,
    operationType,
    username: "u",
    createdAtMs: 0,
    updatedAtMs: 0,
    phase: "succeeded",
    outcome: "success",
    isActive: true,
    activation,
    hosts: hosts.map((host) => (typeof host === "string" ? { host, withSubdomains: false } : host)),
    certificate: materialId === undefined ? null : { certificateId: materialId, materialId },
    findings: [],
  };
}

const all = (host: string) => ({ host, withSubdomains: true });

test.each<[string, Live[], Target, string, number | undefined]>([
  ["a published host", [{ hosts: ["a.example"], materialId: 1 }], "ga", "a.example", 1],
  ["a host in other letters and with a final dot", [{ hosts: ["a.example"], materialId: 1 }], "ga", "A.Example.", 1],
  ["a host of the other target", [{ hosts: ["a.example"], materialId: 1 }], "staging", "a.example", undefined],
  ["an unknown host", [{ hosts: ["a.example"], materialId: 1 }], "ga", "b.example", undefined],
  ["a subdomain of a plain host", [{ hosts: ["a.example"], materialId: 1 }], "ga", "x.a.example", undefined],
  ["a subdomain, at any depth", [{ hosts: [all("a.example")], materialId: 1 }], "ga", "x.y.a.example", 1],
  ["a name that only ends alike", [{ hosts: [all("a.example")], materialId: 1 }], "ga", "xa.example", undefined],
  [
    "an explicit host below one with subdomains",
    [
      { hosts: [all("a.example")], materialId: 1 },
      { hosts: ["x.a.example"], materialId: 2, activation: 2 },
    ],
    "ga",
    "x.a.example",
    2,
  ],
  [
    "the nearer of two parents",
    [
      { hosts: [all("example")], materialId: 1, activation: 2 },
      { hosts: [all("a.example")], materialId: 2 },
    ],
    "ga",
    "x.a.example",
    2,
  ],
  [
    "a host of two sites: the one published last",
    [
      { hosts: ["a.example"], materialId: 1, activation: 5 },
      { hosts: ["a.example"], materialId: 2, activation: 4 },
    ],
    "ga",
    "a.example",
    1,
  ],
  ["a host published without a certificate", [{ hosts: ["a.example"] }], "ga", "a.example", undefined],
  ["a host that was taken down", [{ hosts: ["a.example"], operationType: "Unpublish" }], "ga", "a.example", undefined],
])("%s", (_title, operations, target, name, materialId) => {
  expect(lookupName(edgeView(operations.map(live)), target, name)?.certificate?.materialId).toBe(materialId);
});

test.each<[string, Live[], Live[], string]>([
  ["nothing", [], [], ""],
  ["a first certificate", [], [{ hosts: ["a"], materialId: 1 }], "ga a 1"],
  ["a first publication without one", [], [{ hosts: ["a"] }], ""],
  ["the same again", [{ hosts: ["a"], materialId: 1 }], [{ hosts: ["a"], materialId: 1, activation: 2 }], ""],
  ["another certificate", [{ hosts: ["a"], materialId: 1 }], [{ hosts: ["a"], materialId: 2 }], "ga a 2"],
  ["a loss", [{ hosts: ["a"], materialId: 1 }], [{ hosts: ["a"] }], "ga a null"],
  ["an end", [{ hosts: ["a", "b"], materialId: 1 }], [{ hosts: ["b"], materialId: 1 }], "ga a null"],
  [
    "a move to staging",
    [{ hosts: ["a"], materialId: 1 }],
    [{ hosts: ["a"], materialId: 1, target: "staging" }],
    "ga a null, staging a 1",
  ],
])("the change by %s", (_title, before, after, changes) => {
  const found = edgeChanges(edgeView(before.map(live)), edgeView(after.map(live)));
  const words = found.map(({ target, host, certificate }) => `${target} ${host} ${certificate?.materialId ?? null}`);
  expect(words.join(", ")).toBe(changes);
});
