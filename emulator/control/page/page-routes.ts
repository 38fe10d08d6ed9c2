import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyPluginCallback } from "fastify";
import type { EmulatorContext } from "../../context.ts";
import { ApiProblem } from "../../domain/api-problem.ts";
import { readFault } from "../../faults/fault.ts";
import { advanceClock, settle } from "../time-travel.ts";
import { type PageAction, pageAction } from "./page-actions.ts";
import { pageState } from "./page-state.ts";
import { pageStyle } from "./page-style.ts";
import { renderPage } from "./render-page.ts";
import { isFromAnotherOrigin, isLoopbackHost } from "./same-origin.ts";

const pageHeaders = {
  "content-type": "text/html; charset=utf-8",
  "cache-control": "no-store",
  "content-security-policy": [
    "default-src 'none'",
    `style-src 'sha256-${createHash("sha256").update(pageStyle).digest("base64")}'`,
    "img-src data:",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; "),
  "x-content-type-options": "nosniff",
  // With no-referrer, browsers would send `Origin: null` with the forms.
  "referrer-policy": "same-origin",
};

/** `GET /`, and the form of the page. In a scope of its own: elsewhere, a body of any content type is JSON. */
export function pageRoutes(context: EmulatorContext): FastifyPluginCallback {
  return (server: FastifyInstance, _options, ready) => {
    server.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string" }, (_request, text, done) =>
      done(null, new URLSearchParams(String(text))),
    );
    server.addHook("onRequest", async ({ headers }) => {
      if (isLoopbackHost(headers.host)) return;
      throw new ApiProblem(403, "The page is only for this machine: open it as http://127.0.0.1 or http://localhost.");
    });

    server.get("/", (request, reply) => {
      // The path may be "//", which is no URL on its own.
      const { searchParams } = new URL(`http://localhost${request.url}`);
      return reply.headers(pageHeaders).send(renderPage(pageState(context), pageAction(searchParams.get("done"))));
    });

    server.post("/page", async (request, reply) => {
      const { origin } = request.headers;
      if (origin === undefined || isFromAnotherOrigin(request.headers)) {
        throw new ApiProblem(403, "The form was not sent by the emulator's page. Open the page again.");
      }
      const action = request.body instanceof URLSearchParams ? pageAction(request.body.get("action")) : undefined;
      if (action === undefined) throw new ApiProblem(400, "action must be that of a button of the page.");
      await perform(context, action);
      return reply.redirect(`/?done=${action.id}`, 303);
    });
    ready();
  };
}

async function perform(context: EmulatorContext, { what }: PageAction): Promise<void> {
  const { store } = context;
  if ("advanceMs" in what) {
    advanceClock(context, what.advanceMs);
    await settle(context);
  } else if ("effect" in what) {
    store.faults.put(readFault({ effect: what.effect }, String(store.meta.next("fault"))));
  } else {
    store.faults.delete({});
  }
}
