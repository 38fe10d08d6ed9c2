import fastify, { type FastifyInstance, type FastifyRequest } from "fastify";
import { readTime } from "../clock.ts";
import type { EmulatorContext } from "../context.ts";
import type { DnsZone } from "../dns/dns-zone.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { isObject, type JsonObject } from "../domain/json.ts";
import { asSigningState, signingStates } from "../domain/signing-state.ts";
import { readFault } from "../faults/fault.ts";
import { certificateOnWire } from "../http/certificates.ts";
import { signingRequestOnWire } from "../http/signing-requests.ts";
import { readDnsFault, readDnsRecord } from "./dns-record-body.ts";
import { pageRoutes } from "./page/page-routes.ts";
import { isFromAnotherOrigin } from "./page/same-origin.ts";
import { advanceClock, freezeClock, moveClockTo, restoreSnapshot, settle, takeSnapshot } from "./time-travel.ts";

/** The second port: what tests control besides the API. Not yet listening. */
export function createControlServer(context: EmulatorContext, zone: DnsZone): FastifyInstance {
  const { store, clock, edge, scheduler, issuer } = context;
  const server = fastify({
    bodyLimit: 10 * 1_048_576,
    forceCloseConnections: true,
    keepAliveTimeout: 120_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2_000 },
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => {
    if (typeof text !== "string" || text.trim() === "") return done(null, undefined);
    try {
      done(null, JSON.parse(text));
    } catch {
      done(new ApiProblem(400, "The body is not valid JSON."));
    }
  });
  server.setNotFoundHandler((request) => {
    throw new ApiProblem(404, `The control port has no ${request.method} ${request.url}.`);
  });
  server.setErrorHandler<Error & { status?: number; statusCode?: number }>((error, _request, reply) => {
    const status = error.status ?? error.statusCode ?? 500;
    return reply.code(status).send({ message: error.message, status });
  });
  // A page on the web can send requests to this port, but not read the responses.
  server.addHook("onRequest", async ({ method, headers }) => {
    if (method === "GET" || method === "HEAD" || !isFromAnotherOrigin(headers)) return;
    throw new ApiProblem(403, "A web page of another origin cannot change the emulator.");
  });
  // Every response is as of now.
  server.addHook("onRequest", async () => scheduler.runDue());

  server.register(pageRoutes(context));
  server.get("/health", () => ({ status: "ok" }));

  const clockNow = () => ({ now: new Date(clock.now()).toISOString(), frozen: clock.isFrozen() });
  server.get("/clock", clockNow);
  server.put("/clock", async (request) => {
    const { now, frozen } = bodyOf(request);
    if (now === undefined && typeof frozen !== "boolean") throw new ApiProblem(400, "now is required.");
    if (now !== undefined) moveClockTo(context, readTime(now, "now"));
    if (typeof frozen === "boolean") freezeClock(context, frozen);
    await settle(context);
    return clockNow();
  });
  server.post("/clock/advance", async (request) => {
    const { ms } = bodyOf(request);
    if (typeof ms !== "number" || !Number.isSafeInteger(ms) || ms < 0) {
      throw new ApiProblem(400, "ms must be a whole number of milliseconds, 0 or more.");
    }
    advanceClock(context, ms);
    await settle(context);
    return clockNow();
  });

  server.get("/ledger", (request) => {
    const since = queryOf(request).since ?? "0";
    if (typeof since !== "string" || !/^\d{1,15}$/.test(since)) throw new ApiProblem(400, "since must be a number.");
    return store.ledger.rows(Number(since));
  });
  server.delete("/ledger", () => {
    store.ledger.clear();
    return {};
  });

  server.get("/edge", () => edge.rows());
  server.get("/edge/history", () => store.edgeHistory.rows());

  server.get("/faults", () => store.faults.list());
  server.post("/faults", (request) => {
    const fault = readFault(request.body, String(store.meta.next("fault")));
    store.faults.put(fault);
    return fault;
  });
  server.delete("/faults", () => {
    store.faults.delete({});
    return {};
  });
  server.delete("/faults/:id", (request) => {
    const id = paramOf(request, "id");
    if (store.faults.get(id) === undefined) throw new ApiProblem(404, `Fault ${id} does not exist.`);
    store.faults.delete({ id });
    return {};
  });

  /** Signing requests react to a change at once. */
  const changeDns = (change: () => void) => {
    try {
      store.transaction(() => {
        change();
        issuer.dnsChanged(clock.now());
      });
    } catch (error) {
      throw error instanceof RangeError ? new ApiProblem(400, error.message) : error;
    }
    scheduler.rearm();
  };
  server.get("/dns", () => zone.list());
  server.put("/dns/:name", (request) => {
    const name = paramOf(request, "name");
    const record = readDnsRecord(bodyOf(request));
    changeDns(() => zone.put(name, record));
    return { name, ...record };
  });
  server.delete("/dns/:name", (request) => {
    const name = paramOf(request, "name");
    changeDns(() => {
      if (!zone.delete(name)) throw new ApiProblem(404, `${name} has no records.`);
    });
    return {};
  });
  server.get("/dns-faults", () => zone.toJSON().faults.map(([name, fault]) => ({ name, fault })));
  server.put("/dns-faults/:name", (request) => {
    const name = paramOf(request, "name");
    const fault = readDnsFault(bodyOf(request));
    changeDns(() => zone.setFault(name, fault));
    return { name, fault: fault ?? null };
  });
  server.delete("/dns-faults/:name", (request) => {
    changeDns(() => zone.setFault(paramOf(request, "name"), undefined));
    return {};
  });

  server.post("/snapshot", () => ({ id: takeSnapshot(context) }));
  server.post("/restore", (request) => {
    const { id } = bodyOf(request);
    if (!restoreSnapshot(context, zone, String(id)))
      throw new ApiProblem(404, `Snapshot ${String(id)} does not exist.`);
    return { id: String(id) };
  });
  server.post("/reset", () => {
    context.reset();
    return {};
  });

  server.post("/csrs/:id/state", (request) => {
    const id = paramOf(request, "id");
    const found = /^\d{1,15}$/.test(id) ? store.signingRequests.get(Number(id)) : undefined;
    if (found === undefined) throw new ApiProblem(404, `Certificate signing request ${id} does not exist.`);
    const signingState = asSigningState(bodyOf(request).signingState);
    if (signingState === undefined)
      throw new ApiProblem(400, `signingState must be one of ${signingStates.join(", ")}.`);
    const forced = store.transaction(() => issuer.force(found, signingState, clock.now()));
    scheduler.rearm();
    return signingRequestOnWire(context, forced);
  });
  server.post("/certificates/:id/revoke", (request) => {
    const id = paramOf(request, "id");
    const certificate = /^\d{1,15}$/.test(id) ? store.certificates.get(Number(id)) : undefined;
    if (certificate === undefined) throw new ApiProblem(404, `Certificate ${id} does not exist.`);
    const revoked = { ...certificate, revoked: true };
    store.certificates.put(revoked);
    return certificateOnWire(context, revoked, "short", clock.now());
  });
  return server;
}

function bodyOf(request: FastifyRequest): JsonObject {
  if (isObject(request.body)) return request.body;
  throw new ApiProblem(400, "The body must be a JSON object.");
}

function queryOf(request: FastifyRequest): JsonObject {
  return isObject(request.query) ? request.query : {};
}

function paramOf(request: FastifyRequest, name: string): string {
  const value = isObject(request.params) ? request.params[name] : undefined;
  return typeof value === "string" ? value : "";
}
