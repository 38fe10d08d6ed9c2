import { createHolders } from "../../provider/run/ownership.ts";

test("what two resources of a run have is another's for both, until one is alone", () => {
  const holders = createHolders();
  holders.hold("certificate 1", "a");
  expect(holders.heldByAnother("certificate 1", "a")).toBe(false);
  expect(holders.heldByAnother("certificate 1", "b")).toBe(true);
  holders.hold("certificate 1", "b");
  expect(holders.heldByAnother("certificate 1", "a")).toBe(true);
  expect(holders.heldByAnother("certificate 2", "a")).toBe(false);
});

test("a resource without a URN holds nothing", () => {
  const holders = createHolders();
  holders.hold("certificate 1", undefined);
  expect(holders.heldByAnother("certificate 1", "a")).toBe(false);
});

test("only what a state shows to be made by the stack is its own", () => {
  const holders = createHolders();
  holders.hold("certificate 1", "a");
  expect(holders.owned("certificate 1")).toBe(false);
  holders.own("certificate 1");
  expect(holders.owned("certificate 1")).toBe(true);
});
