import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import { apiKeyRoutes } from "./api-keys.ts";
import { templateRoutes } from "./certificate-templates.ts";
import { certificateRoutes } from "./certificates.ts";
import { type Destination, dispatch, type Incoming, loginPath, type Outgoing } from "./dispatch.ts";
import { allowListRoutes } from "./origin-allow-list.ts";
import { publishingRoutes } from "./publishing-operations.ts";
import type { Reply, Route } from "./route.ts";
import { signingRequestRoutes } from "./signing-requests.ts";
import { siteCertificateRoutes } from "./site-certificates.ts";
import { configurationRoutes } from "./site-configurations.ts";
import { siteRoutes } from "./sites.ts";

const methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"];

/** All routes of the API port except the login, of all services. */
export function apiRoutes(context: EmulatorContext): readonly Route[] {
  return [
    siteRoutes,
    configurationRoutes,
    siteCertificateRoutes,
    publishingRoutes,
    certificateRoutes,
    templateRoutes,
    signingRequestRoutes,
    apiKeyRoutes,
    allowListRoutes,
  ].flatMap((make) => make(context));
}

/** The API port: all services by path. Not yet listening. */
export function createApiServer(context: EmulatorContext): FastifyInstance {
  const { largestBodyBytes, unknownMethodStatus } = context.rules;
  const server = fastify({
    bodyLimit: largestBodyBytes,
    exposeHeadRoutes: false,
    forceCloseConnections: true,
    // Longer than any client keeps an idle connection, so that none is closed while a request arrives.
    keepAliveTimeout: 120_000,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 2_000 },
    rewriteUrl: (request) => collapseSlashes(request.url ?? "/"),
    frameworkErrors: (error, request, reply) => refuse(request, reply, new ApiProblem(400, error.message)),
  });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", { parseAs: "string" }, (_request, text, done) => done(null, text));
  // Every body is read as JSON, whatever its content type; fastify would reject a type without a slash.
  server.addHook("onRequest", async ({ headers }) => {
    if (headers["content-type"] !== undefined) headers["content-type"] = "application/json";
  });

  const respond = async (request: FastifyRequest, reply: FastifyReply, destination: Destination) => {
    send(reply, await dispatch(context, incomingOf(request), destination));
    return reply;
  };
  const refuse = (request: FastifyRequest, reply: FastifyReply, refusal: ApiProblem, route = "") =>
    respond(request, reply, { kind: "refused", route, refusal });

  const routes = apiRoutes(context);
  for (const path of new Set(routes.map((route) => route.path))) {
    register(
      path,
      routes.filter((route) => route.path === path),
    );
  }
  registerMethods(loginPath, ["GET"], (method) => (method === "GET" ? { kind: "login" } : undefined));

  function register(path: string, own: readonly Route[]): void {
    const allowed = own.map((route) => route.method);
    registerMethods(path, allowed, (method) => {
      const route = own.find((candidate) => candidate.method === method);
      return route === undefined ? undefined : { kind: "route", route };
    });
  }

  function registerMethods(
    path: string,
    allowed: readonly string[],
    destinationOf: (method: string) => Destination | undefined,
  ): void {
    server.route({
      method: methods,
      url: path.replaceAll(/\{(\w+)\}/g, ":$1"),
      config: { template: path },
      handler: (request, reply) => {
        const destination = destinationOf(request.method);
        if (destination !== undefined) return respond(request, reply, destination);
        const message = `${path} does not take ${request.method}, but ${allowed.join(", ")}.`;
        reply.header("allow", allowed.join(", "));
        return refuse(request, reply, new ApiProblem(unknownMethodStatus, message), path);
      },
    });
  }

  server.setNotFoundHandler((request, reply) =>
    refuse(request, reply, new ApiProblem(404, `Nothing is at ${request.method} ${pathOf(request)}.`)),
  );
  server.setErrorHandler<Error & { statusCode?: number }>((error, request, reply) => {
    const { template } = request.routeOptions.config as { template?: unknown };
    const route = typeof template === "string" ? template : "";
    // The rest of a body that is too large is read and dropped: closing the connection early would lose this response.
    reply.removeHeader("connection");
    request.raw.resume();
    return refuse(request, reply, new ApiProblem(error.statusCode ?? 500, error.message), route);
  });
  return server;
}

/** Double slashes count as one (T1), without a redirect (T2). The query is unchanged. */
function collapseSlashes(target: string): string {
  const [, path = "/", query = ""] = /^(?:https?:\/\/[^/?]+)?([^?]*)(.*)$/is.exec(target) ?? [];
  return `/${path}`.replaceAll(/\/{2,}/g, "/") + query;
}

function pathOf(request: FastifyRequest): string {
  return request.url.split("?", 1)[0] ?? "/";
}

function incomingOf(request: FastifyRequest): Incoming {
  const question = request.url.indexOf("?");
  const { params, body } = request;
  return {
    method: request.method,
    sentPath: request.originalUrl,
    path: pathOf(request),
    query: new URLSearchParams(question === -1 ? "" : request.url.slice(question + 1)),
    params: typeof params === "object" && params !== null ? (params as Record<string, string>) : {},
    headers: request.headers,
    text: typeof body === "string" ? body : "",
  };
}

function send(reply: FastifyReply, outgoing: Outgoing): void {
  if (outgoing.kind === "reply") {
    const { status, headers, payload } = encode(outgoing.reply);
    reply.code(status).headers(headers).send(payload);
    return;
  }
  reply.hijack();
  const { socket } = reply.raw;
  if (outgoing.kind === "cut") {
    socket?.destroy();
    return;
  }
  const { status, headers, payload } = encode(outgoing.reply);
  const bytes = Buffer.from(payload);
  reply.raw.writeHead(status, { ...headers, "content-length": bytes.length });
  reply.raw.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => socket?.destroy());
}

function encode({ status, headers, body }: Reply): {
  status: number;
  headers: Readonly<Record<string, string>>;
  payload: string;
} {
  const payload = typeof body === "string" ? body : JSON.stringify(body ?? null);
  return { status, headers: { "content-type": "application/json", ...headers }, payload };
}
