/**
 * Turns an endpoint's request into a checked value: URL, authentication, response validation, and an error code for
 * every failure.
 */
import type { z } from "zod";
import type { ProviderConfig, Service } from "../../core/config.ts";
import { internalError } from "../../core/errors/setup-errors.ts";
import type { OrganizationObserver } from "../../core/organization.ts";
import { decodePem } from "../../wire/pem-encoding.ts";
import type { Auth } from "./auth.ts";
import { refusal, unexpected } from "./http-errors.ts";
import { looksLikeHtml } from "./redact-body.ts";
import type { Sender, Sent } from "./send.ts";
import type { HttpRequest, HttpResponse } from "./transport.ts";

export interface ApiRequest {
  readonly service: Service;
  readonly method: HttpRequest["method"];
  /** Begins with a slash. Build it with `path`, which encodes identifiers. */
  readonly path: string;
  /** Undefined values are not sent. */
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  /** For a POST: "idempotent" if repeating it changes nothing further. Default "unsafe". */
  readonly repeat?: "idempotent" | "unsafe";
  /** Creates an object that belongs to the organization of the credentials. */
  readonly makes?: true;
}

export interface Requester {
  /** The body, parsed as JSON and validated. */
  json<T extends z.ZodType>(request: ApiRequest, answer: T): Promise<z.output<T>>;
  /** The body, unchanged. */
  text(request: ApiRequest): Promise<string>;
  /**
   * Only the status matters. The body is ignored, as in the official client (docs/qwilt-api.md 7.1 T11), unless it is
   * an HTML page.
   */
  done(request: ApiRequest): Promise<void>;
}

export interface RequesterOptions {
  readonly config: ProviderConfig;
  readonly sender: Sender;
  readonly auth: Auth;
  readonly observer: OrganizationObserver | undefined;
}

export function createRequester({ config, sender, auth, observer }: RequesterOptions): Requester {
  const secrets = secretsOf(config);
  /** Identical concurrent reads share one request. */
  const reading = new Map<string, Promise<Sent>>();

  async function authorized(request: ApiRequest): Promise<Sent> {
    const http = httpRequest(request, config);
    const send = (authorization: string) =>
      sender.send({ ...http, headers: { ...http.headers, Authorization: authorization } }, request.repeat ?? "unsafe");
    let used = await auth.authorization();
    let answer = await send(used);
    for (const another of [auth.renewed, auth.next]) {
      if (answer.status !== 401) break;
      const newer = await another(used);
      if (newer === undefined) continue;
      used = newer;
      answer = await send(used);
    }
    if (answer.status >= 200 && answer.status < 300) return answer;
    const unspeakable = [...secrets, ...keyTexts(request.body)];
    throw refusal({ request: http, answer, secrets: unspeakable, credentials: auth.inUse() });
  }

  async function answered(request: ApiRequest): Promise<Sent> {
    if (request.method !== "GET") {
      if (request.makes) await observer?.beforeMaking();
      // A read that begins during or after a change must not share the result of one that began before it.
      reading.clear();
      return authorized(request).finally(() => reading.clear());
    }
    const key = httpRequest(request, config).url;
    const running = reading.get(key);
    if (running !== undefined) return running;
    const mine = authorized(request).finally(() => {
      if (reading.get(key) === mine) reading.delete(key);
    });
    reading.set(key, mine);
    return mine;
  }

  return {
    async json(request, schema) {
      const answer = await answered(request);
      const http = httpRequest(request, config);
      const body = parseJson(answer, http);
      const parsed = schema.safeParse(body);
      if (parsed.success) {
        observer?.answered(body, request.service);
        return parsed.data;
      }
      throw unexpected({ request: http, answer, problem: { kind: "mismatch", at: firstMismatch(parsed.error) } });
    },
    text: async (request) => (await answered(request)).text,
    async done(request) {
      const answer = await answered(request);
      // A proxy's login page also has status 200, though nothing was done.
      if (!looksLikeHtml(answer.headers["content-type"]?.[0], answer.text)) return;
      throw unexpected({ request: httpRequest(request, config), answer, problem: { kind: "html" } });
    },
  };
}

/**
 * A path with its identifiers encoded: path`/api/v2/sites/${siteId}`. An empty identifier, "." or ".." would address
 * another resource, so it is rejected.
 */
export function path(texts: TemplateStringsArray, ...ids: readonly (string | number)[]): string {
  return texts.reduce((made, text, index) => {
    const id = String(ids[index - 1]);
    if (id === "" || id === "." || id === "..") {
      throw internalError({ reason: "invalid-id", id, path: made });
    }
    return made + encodeURIComponent(id) + text;
  });
}

function httpRequest(request: ApiRequest, config: ProviderConfig): HttpRequest {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(request.query ?? {})) if (value !== undefined) query.set(name, value);
  // Joined as text: URL resolution would drop the path of a base URL.
  const url = `${config.endpoints[request.service]}${request.path}${query.size === 0 ? "" : `?${query}`}`;
  const accept = { Accept: "application/json, text/plain, */*", "User-Agent": "pulumi-qwilt" };
  if (request.body === undefined) return { method: request.method, url, headers: accept };
  return {
    method: request.method,
    url,
    headers: { ...accept, "Content-Type": "application/json" },
    body: JSON.stringify(request.body),
  };
}

function parseJson(answer: HttpResponse, request: HttpRequest): unknown {
  if (answer.text.trim() === "") throw unexpected({ request, answer, problem: { kind: "empty" } });
  try {
    return JSON.parse(answer.text);
  } catch {
    // The parser's own message quotes the text, which may be secret.
    throw unexpected({ request, answer, problem: { kind: "not-json" } });
  }
}

/** Where the response first differs from its schema, without the value itself. */
function firstMismatch(error: z.ZodError): string {
  const issue = deepest(error.issues[0]);
  if (issue === undefined) return "the body has another shape";
  return `${issue.path.length === 0 ? "the body" : issue.path.join(".")}: ${issue.message}`;
}

/** For a union, the branch that matched furthest is the most informative. */
function deepest(issue: z.core.$ZodIssue | undefined): z.core.$ZodIssue | undefined {
  if (issue?.code !== "invalid_union") return issue;
  const inner = issue.errors
    .flatMap((branch) => branch.slice(0, 1))
    .map((branch) => deepest({ ...branch, path: [...issue.path, ...branch.path] }))
    .filter((found) => found !== undefined)
    .sort((a, b) => b.path.length - a.path.length)[0];
  return inner === undefined || inner.path.length === issue.path.length ? issue : inner;
}

/** A private key in a request body, as sent and line by line, in case the server echoes it. */
function keyTexts(body: unknown): readonly string[] {
  const sent = typeof body === "object" && body !== null ? Reflect.get(body, "privateKey") : undefined;
  if (typeof sent !== "string" || sent === "") return [];
  const lines = (decodePem(sent) ?? "").split(/\r?\n/).filter((line) => line !== "" && !line.startsWith("-----"));
  return [sent, ...lines];
}

function secretsOf({ credentials, fallbackCredentials }: ProviderConfig): readonly string[] {
  return [credentials, fallbackCredentials].flatMap((one) => {
    if (one === undefined) return [];
    return one.kind === "api-key" ? [one.apiKey] : [one.password];
  });
}
