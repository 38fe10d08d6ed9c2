import type { IncomingHttpHeaders } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import type { Outcome } from "../domain/publishing-operation.ts";
import type { SigningState } from "../domain/signing-state.ts";
import { decideFault, type Fault } from "../faults/fault.ts";
import { identify } from "./authentication.ts";
import { login } from "./login.ts";
import { redact, redactTarget } from "./redact.ts";
import type { Actor, Reply, Route } from "./route.ts";

export interface Incoming {
  readonly method: string;
  /** Request target as the client sent it. */
  readonly sentPath: string;
  /** Path with collapsed slashes, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly params: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  /** Empty if there is none. */
  readonly text: string;
}

/**
 * Where a request is routed. "refused" are requests that no route accepts: unknown paths, methods, malformed bodies.
 */
export type Destination =
  | { readonly kind: "route"; readonly route: Route }
  | { readonly kind: "login" }
  | { readonly kind: "refused"; readonly route: string; readonly refusal: ApiProblem };

/** `cut` closes the connection without a response, `truncate` in the middle of it. */
export type Outgoing = { readonly kind: "reply" | "truncate"; readonly reply: Reply } | { readonly kind: "cut" };

export const loginPath = "/login";

/** Processes one API request and records it in the ledger before anyone can see the response. */
export async function dispatch(
  context: EmulatorContext,
  incoming: Incoming,
  destination: Destination,
): Promise<Outgoing> {
  context.scheduler.runDue();
  const fault = takeFault(context, incoming, destination);
  if (fault !== undefined && "delayMs" in fault.effect) {
    await sleep(fault.effect.delayMs, undefined, { ref: false });
    if (!context.isOpen()) return { kind: "cut" };
    context.scheduler.runDue();
  }
  if (destination.kind !== "route" || !destination.route.needsKey) {
    return new Exchange(context, incoming, destination, fault).carryOut();
  }
  const newKey = await context.keys.next();
  if (!context.isOpen()) return { kind: "cut" };
  context.scheduler.runDue();
  const outgoing = new Exchange(context, incoming, destination, fault, newKey).carryOut();
  if (outgoing.kind === "reply" && outgoing.reply.status >= 300) context.keys.giveBack(newKey);
  return outgoing;
}

/** The fault that affects this request, with all counters updated. */
function takeFault(
  { store }: EmulatorContext,
  { method, path }: Incoming,
  destination: Destination,
): Fault | undefined {
  const faults = store.faults.list();
  if (faults.length === 0) return undefined;
  const route = destination.kind === "route" ? destination.route : undefined;
  const startsOperation = route?.startsOperation === true;
  const concernsSigning = route?.concernsSigning === true;
  const { hit, changed } = decideFault(faults, { method, path, startsOperation, concernsSigning });
  for (const fault of changed) store.faults.put(fault);
  return hit;
}

class Exchange {
  private readonly context: EmulatorContext;
  private readonly incoming: Incoming;
  private readonly destination: Destination;
  private readonly fault: Fault | undefined;
  private readonly newKey: string | undefined;
  private readonly now: number;
  private actor: Actor | undefined;
  private loginName: string | null = null;
  private body: unknown;

  constructor(
    context: EmulatorContext,
    incoming: Incoming,
    destination: Destination,
    fault: Fault | undefined,
    newKey?: string,
  ) {
    this.context = context;
    this.newKey = newKey;
    this.incoming = incoming;
    this.destination = destination;
    this.fault = fault;
    this.now = context.clock.now();
  }

  carryOut(): Outgoing {
    const effect = this.fault?.effect;
    this.actor = identify(this.context, this.incoming.headers, this.now);
    const broken = this.readBody();
    if (effect !== undefined && "status" in effect) return { kind: "reply", reply: this.faultReply(effect) };
    if (effect !== undefined && "reset" in effect && effect.reset === "before") {
      this.record(0);
      return { kind: "cut" };
    }
    const reply = this.answer(broken);
    if (effect !== undefined && "reset" in effect) return { kind: "cut" };
    return { kind: effect !== undefined && "truncate" in effect ? "truncate" : "reply", reply };
  }

  /** Change and ledger row in one transaction: after the process is killed, both exist or neither. */
  private answer(broken: ApiProblem | undefined): Reply {
    const { store, rules, scheduler } = this.context;
    const work = (): Reply => {
      const reply = this.handle(broken);
      this.record(reply.status);
      return reply;
    };
    try {
      const isRead = this.destination.kind === "route" && this.destination.route.method === "GET";
      if (isRead && this.signing() === undefined) return work();
      const reply = store.transaction(work);
      scheduler.rearm();
      return reply;
    } catch (error) {
      const refusal = error instanceof ApiProblem ? error : this.unexpected(error);
      this.record(refusal.status);
      return { status: refusal.status, body: rules.errorBody(refusal.status, refusal.message) };
    }
  }

  private handle(broken: ApiProblem | undefined): Reply {
    const { destination, incoming, now } = this;
    if (destination.kind === "refused") throw destination.refusal;
    if (destination.kind === "login") {
      const { headers, query } = incoming;
      const { reply, username } = login(this.context, { authorization: headers.authorization, query, now });
      this.loginName = username;
      return reply;
    }
    const { route } = destination;
    if (this.actor === undefined) throw new ApiProblem(401, "The credentials are missing, invalid or expired.");
    if (route.method !== "GET" && this.actor.permission === "viewer") {
      throw new ApiProblem(403, `A viewer may not call ${route.method} ${route.path}.`);
    }
    if (broken !== undefined) throw broken;
    const { params, query } = incoming;
    const effects = { outcome: this.outcome(), signing: this.signing() };
    return route.handle({ actor: this.actor, params, query, body: this.body, now, newKey: this.newKey, ...effects });
  }

  private signing(): SigningState | undefined {
    const effect = this.fault?.effect;
    return effect !== undefined && "signing" in effect ? effect.signing : undefined;
  }

  private outcome(): Outcome {
    const effect = this.fault?.effect;
    return effect !== undefined && "publish" in effect ? effect.publish : "success";
  }

  /** Any content type is read as JSON. A body on GET is tolerated and ignored (T7). */
  private readBody(): ApiProblem | undefined {
    if (this.incoming.text.trim() === "" || this.incoming.method === "GET") return undefined;
    try {
      this.body = JSON.parse(this.incoming.text);
      return undefined;
    } catch {
      return new ApiProblem(400, "The request body is not valid JSON.");
    }
  }

  private faultReply(effect: {
    readonly status: number;
    readonly body?: unknown;
    readonly retryAfter?: unknown;
  }): Reply {
    const { status, retryAfter } = effect;
    this.record(status);
    const body = "body" in effect ? effect.body : this.context.rules.errorBody(status, "A fault of the emulator.");
    return { status, body, headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) } };
  }

  private unexpected(error: unknown): ApiProblem {
    // The change was rolled back, and the edge may have cached a part of it.
    this.context.edge.reload();
    process.stderr.write(`qwilt-emulator: ${error instanceof Error ? error.stack : String(error)}\n`);
    return new ApiProblem(500, "The emulator failed on this request. Its standard error has the reason.");
  }

  private record(status: number): void {
    const { store, account } = this.context;
    const { method, sentPath } = this.incoming;
    const { username, password } = account;
    const secrets = [password, Buffer.from(`${username}:${password}`).toString("base64")];
    store.ledger.add({
      atMs: this.now,
      method,
      path: redactTarget(sentPath, secrets),
      route: routeOf(this.destination),
      status,
      body: this.body === undefined ? null : redact(this.body, secrets),
      actor: this.actor?.label ?? this.loginName,
      fault: this.fault === undefined ? null : { id: this.fault.id, effect: this.fault.effect },
    });
  }
}

function routeOf(destination: Destination): string {
  if (destination.kind === "route") return destination.route.path;
  return destination.kind === "login" ? loginPath : destination.route;
}
