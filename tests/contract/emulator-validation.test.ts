/** What Qwilt and its CA check before issuing: the customer's CNAME, actually resolved, and CAA records. */
import { frozenEmulator } from "./emulator-harness.ts";
import { alias, delegate, managedTemplate, pairs, signingState, undelegate } from "./emulator-signing.ts";

const short = frozenEmulator({ issueMs: 1_000, assumptions: { csrKey: "EC-P256" } });
const state = (csrId: string) => signingState(short(), csrId);
const advance = (ms: number) => short().emulator.clock.advance(ms);

describe("the delegation", () => {
  const name = "_acme-challenge.www.example.com";
  const toDomain = async (csrId: string) => (await pairs(short(), csrId))[0]?.toDomain ?? "";

  test.each<[string, (to: string) => [string, string][], string]>([
    [
      "a chain of CNAMEs is followed",
      (to) => [
        [name, "a.example.net"],
        ["a.example.net", "b.example.net"],
        ["b.example.net", to],
      ],
      "NOTIFIED_SITES",
    ],
    [
      "upper case and a final dot are no difference",
      (to) => [[name.toUpperCase(), `${to.toUpperCase()}.`]],
      "NOTIFIED_SITES",
    ],
    ["a wildcard that leads to the right name is good", (to) => [["*.www.example.com", to]], "NOTIFIED_SITES"],
    ["the wrong target fails", () => [[name, "elsewhere.example.net"]], "CHALLENGE_DELEGATION_FAILURE"],
    [
      "a chain to the wrong target fails",
      () => [
        [name, "a.example.net"],
        ["a.example.net", "b.example.net"],
      ],
      "CHALLENGE_DELEGATION_FAILURE",
    ],
    [
      "a chain in a circle fails",
      () => [
        [name, "a.example.net"],
        ["a.example.net", name],
      ],
      "CHALLENGE_DELEGATION_FAILURE",
    ],
    [
      "a wildcard that shadows the name fails",
      () => [["*.www.example.com", "edge.example.net"]],
      "CHALLENGE_DELEGATION_FAILURE",
    ],
    ["a record at another name is none", (to) => [["_acme-challenge.example.com", to]], "PENDING_CHALLENGE_DELEGATION"],
  ])("%s", async (_title, records, end) => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    for (const [owner, value] of records(await toDomain(csrId))) await alias(short(), owner, value);
    advance(1_999);
    if (end.startsWith("CHALLENGE")) expect(await state(csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    advance(1);
    expect(await state(csrId)).toBe(end);
  });

  test("a wrong record that is corrected in time does no harm", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    await alias(short(), name, "elsewhere.example.net");
    advance(1_500);
    await alias(short(), name, await toDomain(csrId));
    advance(1_100);
    expect(await state(csrId)).toBe("NOTIFIED_SITES");
  });

  test("all records are needed; a failure of one is a failure of all", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com", "shop.example.com");
    const [first, second] = await pairs(short(), csrId);
    await alias(short(), first?.fromDomain ?? "", first?.toDomain ?? "");
    advance(10_000);
    expect(await state(csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    await alias(short(), second?.fromDomain ?? "", "elsewhere.example.net");
    advance(2_000);
    expect(await state(csrId)).toBe("CHALLENGE_DELEGATION_FAILURE");
  });

  test("a record that is removed at once starts the time again", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    await delegate(short(), csrId);
    advance(99);
    await undelegate(short(), csrId);
    advance(10_000);
    expect(await state(csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    await delegate(short(), csrId);
    advance(999);
    expect(await state(csrId)).toBe("CHALLENGE_PASSED_WAITING_FOR_CA_TO_SIGN");
  });

  test("a record that is missing when the CA validates ends in REQUESTING_CERTIFICATE_FROM_CA_FAILURE", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    await delegate(short(), csrId);
    advance(100);
    await undelegate(short(), csrId);
    advance(10_000);
    expect(await state(csrId)).toBe("REQUESTING_CERTIFICATE_FROM_CA_FAILURE");
  });

  test.each(["SERVFAIL", "REFUSED", "silent"])("a name server that returns %s is waited for", async (fault) => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    expect((await short().control("PUT", `/dns-faults/${name}`, { fault })).status).toBe(200);
    expect((await short().control("GET", "/dns-faults")).json).toEqual([{ name, fault }]);
    await delegate(short(), csrId);
    advance(10_000);
    expect(await state(csrId)).toBe("PENDING_CHALLENGE_DELEGATION");
    await short().control("DELETE", `/dns-faults/${name}`);
    advance(1_100);
    expect(await state(csrId)).toBe("NOTIFIED_SITES");
  });

  test("a name server that fails when the CA validates fails the challenge", async () => {
    const { csrId } = await managedTemplate(short(), "www.example.com");
    await delegate(short(), csrId);
    advance(100);
    await short().control("PUT", `/dns-faults/${await toDomain(csrId)}`, { fault: "SERVFAIL" });
    advance(400);
    expect(await state(csrId)).toBe("REQUESTING_CERTIFICATE_FROM_CA_FAILURE");
  });
});

describe("CAA", () => {
  const failure = "REQUESTING_CERTIFICATE_FROM_CA_FAILURE";
  test.each<[string, string, string[], string]>([
    ["of another CA forbids", "www.example.com", ['0 issue "other.example"'], failure],
    ["that forbids all forbids", "example.com", ['0 issue ";"'], failure],
    [
      "of Let's Encrypt allows, parameters or not",
      "example.com",
      ['0 issue "letsencrypt.org; validationmethods=dns-01"'],
      "NOTIFIED_SITES",
    ],
    [
      "of Let's Encrypt by another challenge than dns-01 forbids",
      "example.com",
      ['0 issue "letsencrypt.org; validationmethods=http-01"'],
      failure,
    ],
    ["for reports alone allows", "example.com", ['0 iodef "mailto:ca@example.com"'], "NOTIFIED_SITES"],
    ["for wildcards alone concerns the wildcard", "example.com", ['0 issuewild ";"'], failure],
  ])("%s", async (_title, owner, values, end) => {
    for (const value of values) await short().control("PUT", `/dns/${owner}`, { type: "CAA", value });
    const { csrId } = await managedTemplate(short(), "www.example.com", "*.www.example.com");
    await delegate(short(), csrId);
    advance(1_100);
    expect(await state(csrId)).toBe(end);
  });

  test("the set closest to the name decides, and issuewild does not apply to plain names", async () => {
    await short().control("PUT", "/dns/example.com", { type: "CAA", value: '0 issue "other.example"' });
    await short().control("PUT", "/dns/www.example.com", { type: "CAA", value: '0 issue "letsencrypt.org"' });
    await short().control("PUT", "/dns/plain.example.org", { type: "CAA", value: '0 issuewild ";"' });
    const { csrId } = await managedTemplate(short(), "www.example.com", "plain.example.org");
    await delegate(short(), csrId);
    advance(1_100);
    expect(await state(csrId)).toBe("NOTIFIED_SITES");
  });
});
