import { createSiteQueue } from "../../provider/site-queue.ts";
import { ANNOUNCED_FOR_MS, createUpcoming, FOLLOWS_WITHIN_MS, SIBLINGS_WITHIN_MS } from "../../provider/upcoming.ts";

const S = "site";
const link = { kind: "link", siteId: S } as const;
const ga = { kind: "publication", siteId: S, target: "ga" } as const;
const staging = { kind: "publication", siteId: S, target: "staging" } as const;
const certificate = { kind: "certificate" } as const;
const configuration = { kind: "configuration", siteId: S } as const;

describe("a publication of a site", () => {
  test("waits for a link that is announced, and not for ever", () => {
    const upcoming = createUpcoming();
    upcoming.announce("link", link, 0);
    expect(upcoming.linkComesFirst(S, "ga", ANNOUNCED_FOR_MS - 1)).toBe(true);
    expect(upcoming.linkComesFirst(S, "ga", ANNOUNCED_FOR_MS)).toBe(false);
    expect(upcoming.linkComesFirst("other", "ga", 1)).toBe(false);
  });

  test("waits for a link that is at work until it lets go or ends, however long that takes", () => {
    const upcoming = createUpcoming();
    upcoming.announce("link", link, 0);
    upcoming.begin("link", 1);
    expect(upcoming.linkComesFirst(S, "ga", 3_600_000)).toBe(true);
    upcoming.letGo("link");
    expect(upcoming.linkComesFirst(S, "ga", 3_600_000)).toBe(false);
    upcoming.begin("link", 2);
    upcoming.end("link", 3);
    expect(upcoming.linkComesFirst(S, "ga", 4)).toBe(false);
  });

  test("waits for a certificate that is being made, and a moment for the link that follows on it", () => {
    const upcoming = createUpcoming();
    upcoming.announce("certificate", certificate, 0);
    upcoming.begin("certificate", 1);
    expect(upcoming.linkComesFirst(S, "ga", 10_000)).toBe(true);
    upcoming.end("certificate", 10_000);
    expect(upcoming.linkComesFirst(S, "ga", 10_000 + FOLLOWS_WITHIN_MS - 1)).toBe(true);
    expect(upcoming.linkComesFirst(S, "ga", 10_000 + FOLLOWS_WITHIN_MS)).toBe(false);
    upcoming.announce("link", link, 10_100);
    upcoming.announce("link", undefined, 10_101);
    expect(upcoming.linkComesFirst(S, "ga", 10_102)).toBe(false);
  });

  test("does not wait for a certificate that stays as it is", () => {
    const upcoming = createUpcoming();
    upcoming.announce("certificate", certificate, 0);
    upcoming.announce("certificate", undefined, 1);
    expect(upcoming.linkComesFirst(S, "ga", 2)).toBe(false);
  });

  test("on ga waits for the one on staging, not the other way round", () => {
    const upcoming = createUpcoming();
    upcoming.announce("ga", ga, 0);
    upcoming.announce("staging", staging, 0);
    expect(upcoming.linkComesFirst(S, "ga", 1)).toBe(true);
    expect(upcoming.linkComesFirst(S, "staging", 1)).toBe(false);
  });
});

describe("a link", () => {
  test("is told which publication comes, and which publish it made", () => {
    const upcoming = createUpcoming();
    expect(upcoming.publication(S, "ga", 0)).toBeUndefined();
    upcoming.announce("ga", ga, 0);
    expect(upcoming.publication(S, "ga", 1)).toEqual({ phase: "coming", publishId: undefined });
    expect(upcoming.publication(S, "staging", 1)).toBeUndefined();
    expect(upcoming.publication(S, "ga", ANNOUNCED_FOR_MS)?.phase).toBe("over");
    upcoming.begin("ga", ANNOUNCED_FOR_MS);
    upcoming.published("ga", "p1");
    upcoming.end("ga", 5_000);
    expect(upcoming.publication(S, "ga", 5_000)).toEqual({ phase: "over", publishId: "p1" });
  });

  test("waits a moment for the publications that follow on a revision of its site", () => {
    const upcoming = createUpcoming();
    upcoming.announce("configuration", configuration, 0);
    upcoming.begin("configuration", 0);
    expect(upcoming.publicationMayFollow(S, 500)).toBe(true);
    upcoming.end("configuration", 500);
    expect(upcoming.publicationMayFollow("other", 501)).toBe(false);
    upcoming.announce("ga", ga, 600);
    expect(upcoming.publicationMayFollow(S, 600 + SIBLINGS_WITHIN_MS - 1)).toBe(true);
    expect(upcoming.publicationMayFollow(S, 600 + SIBLINGS_WITHIN_MS)).toBe(false);
  });
});

test("what has no name is not known, and nobody waits for it", () => {
  const upcoming = createUpcoming();
  upcoming.announce(undefined, link, 0);
  upcoming.begin(undefined, 0);
  expect(upcoming.linkComesFirst(S, "ga", 1)).toBe(false);
});

describe("the queue of a site", () => {
  const gate = () => {
    let open: () => void = () => undefined;
    const passed = new Promise<void>((resolve) => {
      open = resolve;
    });
    return { open, passed };
  };

  test("has one at work at a time, in the order of their coming, sites apart", async () => {
    const queue = createSiteQueue();
    const first = gate();
    const done: string[] = [];
    const works = [
      queue.run(S, async () => {
        await first.passed;
        done.push("one");
      }),
      queue.run(S, async () => void done.push("two")),
      queue.run("other", async () => void done.push("elsewhere")),
    ];
    await works[2];
    expect(done).toEqual(["elsewhere"]);
    first.open();
    await Promise.all(works);
    expect(done).toEqual(["elsewhere", "one", "two"]);
  });

  test("lets others in while one steps aside, and takes it back afterwards", async () => {
    const queue = createSiteQueue();
    const other = gate();
    const done: string[] = [];
    const one = queue.run(S, async () => {
      done.push("one begins");
      await queue.stepAside(S, () => other.passed);
      done.push("one goes on");
    });
    const two = queue.run(S, async () => {
      done.push("two");
      other.open();
    });
    await Promise.all([one, two]);
    expect(done).toEqual(["one begins", "two", "one goes on"]);
  });

  test("goes on after a failure", async () => {
    const queue = createSiteQueue();
    const failing = queue.run(S, async () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await expect(queue.run(S, async () => "yes")).resolves.toBe("yes");
  });

  test("does not begin what was still waiting when the run was interrupted", async () => {
    const stop = new AbortController();
    const queue = createSiteQueue(stop.signal);
    stop.abort(new Error("interrupted"));
    await expect(queue.run(S, async () => "begun")).rejects.toThrow("interrupted");
  });
});
