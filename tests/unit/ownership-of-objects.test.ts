import { createOwnership } from "../../provider/run/ownership.ts";

test("an object of two resources of a run belongs to another for both, until only one has it", () => {
  const holders = createOwnership();
  holders.claim("certificate 1", "a");
  expect(holders.isClaimedByAnother("certificate 1", "a")).toBe(false);
  expect(holders.isClaimedByAnother("certificate 1", "b")).toBe(true);
  holders.claim("certificate 1", "b");
  expect(holders.isClaimedByAnother("certificate 1", "a")).toBe(true);
  expect(holders.isClaimedByAnother("certificate 2", "a")).toBe(false);
});

test("a resource without a URN has no objects", () => {
  const holders = createOwnership();
  holders.claim("certificate 1", undefined);
  expect(holders.isClaimedByAnother("certificate 1", "a")).toBe(false);
});

test("only what a state shows to be created by the stack is its own", () => {
  const holders = createOwnership();
  holders.claim("certificate 1", "a");
  expect(holders.isCreated("certificate 1")).toBe(false);
  holders.markCreated("certificate 1");
  expect(holders.isCreated("certificate 1")).toBe(true);
});
