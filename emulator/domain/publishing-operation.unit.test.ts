import { ApiProblem } from "./api-problem.ts";
import {
  acceptanceStatus,
  changeOperation,
  expectedState,
  isRunning,
  type OperationEvent,
  type Outcome,
  type Phase,
  type PublishingOperation,
  publishStatus,
  readTarget,
} from "./publishing-operation.ts";

const operation = (changes: Partial<PublishingOperation> = {}): PublishingOperation => ({
  publishId: "p",
  siteId: "s",
  organisation: "devorg",
  revisionId: "r",
  configLastModifiedMs: 0,
  target: "ga",
  operationType: "Publish",
  username: "u",
  createdAtMs: 0,
  updatedAtMs: 0,
  phase: "validating",
  outcome: "success",
  isActive: false,
  activation: null,
  hosts: [],
  certificate: null,
  findings: [],
  ...changes,
});

const validated: OperationEvent = { kind: "validated", earlierRuns: false };
const behind: OperationEvent = { kind: "validated", earlierRuns: true };
const rolledOut: OperationEvent = { kind: "rolled-out", activation: 3 };

test.each<[Phase, Outcome, OperationEvent, Phase]>([
  ["validating", "success", validated, "rolling-out"],
  ["validating", "success", behind, "queued"],
  ["validating", "failed", validated, "rolling-out"],
  ["validating", "stuck", validated, "rolling-out"],
  ["validating", "invalid", validated, "invalid"],
  ["validating", "dismissed", behind, "dismissed"],
  ["validating", "aborted", validated, "aborted"],
  ["queued", "success", { kind: "turn-came" }, "rolling-out"],
  ["rolling-out", "success", rolledOut, "succeeded"],
  ["rolling-out", "failed", rolledOut, "failed"],
  ["validating", "success", { kind: "cancel" }, "aborted"],
  ["queued", "success", { kind: "cancel" }, "aborted"],
  ["rolling-out", "stuck", { kind: "cancel" }, "aborted"],
])("%s with outcome %s, after %j, is %s", (phase, outcome, event, next) => {
  expect(changeOperation(operation({ phase, outcome }), event, 7)).toMatchObject({ phase: next, updatedAtMs: 7 });
});

test.each<[Phase, OperationEvent]>([
  ["succeeded", validated],
  ["aborted", validated],
  ["aborted", { kind: "turn-came" }],
  ["aborted", rolledOut],
  ["queued", rolledOut],
  ["succeeded", { kind: "replaced" }],
])("%s is unchanged after %j", (phase, event) => {
  const before = operation({ phase });
  expect(changeOperation(before, event, 7)).toBe(before);
});

test.each<Phase>(["succeeded", "failed", "invalid", "dismissed", "aborted"])(
  "a cancel after %s is rejected",
  (phase) => {
    expect(() => changeOperation(operation({ phase }), { kind: "cancel" }, 7)).toThrow(ApiProblem);
  },
);

test("only success makes an operation active, until it is replaced", () => {
  const done = changeOperation(operation({ phase: "rolling-out" }), rolledOut, 7);
  expect(done).toMatchObject({ isActive: true, activation: 3 });
  expect(changeOperation(done, { kind: "replaced" }, 9)).toMatchObject({ isActive: false, phase: "succeeded" });
  expect(changeOperation(operation({ phase: "rolling-out", outcome: "failed" }), rolledOut, 7).isActive).toBe(false);
});

test.each<[Phase, string, string, boolean]>([
  ["validating", "Pending", "InProgress", true],
  ["queued", "Accepted", "InProgress", true],
  ["rolling-out", "Accepted", "InProgress", true],
  ["succeeded", "Accepted", "Success", false],
  ["failed", "Accepted", "Failed", false],
  ["invalid", "Invalid", "Failed", false],
  ["dismissed", "Dismissed", "Failed", false],
  ["aborted", "Aborted", "Aborted", false],
])("%s shows as %s and %s; running: %s", (phase, acceptance, status, running) => {
  const one = operation({ phase });
  expect([acceptanceStatus(one), publishStatus(one), isRunning(one)]).toEqual([acceptance, status, running]);
});

test.each<[string, PublishingOperation | undefined, PublishingOperation[], string | undefined]>([
  ["nothing", undefined, [], undefined],
  ["a live publish", operation({ publishId: "live" }), [], "live"],
  ["a live un-publish", operation({ operationType: "Unpublish" }), [], undefined],
  ["a first publish under way", undefined, [operation({ publishId: "new" })], "new"],
  ["a live one with an un-publish under way", operation(), [operation({ operationType: "Unpublish" })], undefined],
])("the expected live state follows from %s", (_title, active, running, publishId) => {
  expect(expectedState(active, running)?.publishId).toBe(publishId);
});

test.each([
  [undefined, "ga"],
  [null, "ga"],
  ["ga", "ga"],
  ["staging", "staging"],
])("target %j is read as %s", (value, target) => expect(readTarget(value)).toBe(target));

test.each(["", "GA", 1, {}])("target %j is rejected", (value) => expect(() => readTarget(value)).toThrow(ApiProblem));
