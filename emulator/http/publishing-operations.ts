import type { Assumptions } from "../assumptions.ts";
import type { EmulatorContext } from "../context.ts";
import { ApiProblem } from "../domain/api-problem.ts";
import {
  acceptanceStatus,
  isRunning,
  type PublishingOperation,
  publishStatus,
  readTarget,
} from "../domain/publishing-operation.ts";
import { requireLivingSite } from "../domain/site.ts";
import type { StartOperation } from "../publishing/publisher.ts";
import { findOperation, findRevision, findSite } from "./find.ts";
import { type ApiRequest, flag, objectBody, type Reply, type Route } from "./route.ts";

const collection = "/api/v2/sites/{siteId}/publishing-operations";
const item = `${collection}/{publishId}`;

/** Publishing operations (docs/qwilt-api.md 4.7). */
export function publishingRoutes(context: EmulatorContext): readonly Route[] {
  const { store, rules, publisher } = context;

  const wantedOf = (request: ApiRequest): StartOperation => ({
    site: findSite(context, request),
    // An action requires only a target, which has a default.
    target: readTarget(request.body === undefined ? undefined : objectBody(request).target),
    username: request.actor.username,
    outcome: request.outcome,
  });

  const list = (request: ApiRequest): Reply => {
    const site = findSite(context, request);
    const state = request.query.get("publishState");
    const onlyActive = flag(request, "isActive", rules);
    const operations = store.operations
      .list({ site_id: site.siteId })
      .filter((operation) => !onlyActive || operation.isActive)
      .filter((operation) => !state || state === publishState(operation));
    return { status: rules.doneStatus, body: operations.map((operation) => operationOnWire(operation, rules)) };
  };

  const publish = (request: ApiRequest): Reply => {
    const wanted = wantedOf(request);
    const { revisionId } = objectBody(request);
    if (typeof revisionId !== "string" || revisionId === "") {
      throw new ApiProblem(400, "revisionId is required and must be a string.");
    }
    requireLivingSite(wanted.site, rules);
    const operation = publisher.publish(wanted, findRevision(context, wanted.site, revisionId), request.now);
    return { status: rules.createdStatus, body: operationOnWire(operation, rules) };
  };

  const republish = (request: ApiRequest): Reply => {
    const wanted = wantedOf(request);
    requireLivingSite(wanted.site, rules);
    return { status: rules.doneStatus, body: operationOnWire(publisher.republish(wanted, request.now), rules) };
  };

  const unpublish = (request: ApiRequest): Reply => {
    const operation = publisher.unpublish(wantedOf(request), request.now);
    return { status: rules.doneStatus, body: operationOnWire(operation, rules) };
  };

  const cancel = (request: ApiRequest): Reply => {
    const operation = findOperation(context, findSite(context, request), request);
    if (!isRunning(operation)) {
      throw new ApiProblem(
        rules.cancelAfterEndStatus,
        `Operation ${operation.publishId} has ended and cannot be cancelled.`,
      );
    }
    return { status: rules.doneStatus, body: operationOnWire(publisher.cancel(operation, request.now), rules) };
  };

  return [
    { method: "GET", path: collection, handle: list },
    { method: "POST", path: collection, startsOperation: true, handle: publish },
    { method: "POST", path: `${collection}/actions/republish`, startsOperation: true, handle: republish },
    { method: "POST", path: `${collection}/actions/un-publish`, startsOperation: true, handle: unpublish },
    {
      method: "GET",
      path: item,
      handle: (request) => {
        const operation = findOperation(context, findSite(context, request), request);
        return { status: rules.doneStatus, body: operationOnWire(operation, rules) };
      },
    },
    { method: "POST", path: `${item}/actions/cancel`, handle: cancel },
  ];
}

/** `validatorsErrDetails` is an explicit null without errors (R7). */
export function operationOnWire(operation: PublishingOperation, rules: Assumptions): object {
  return {
    publishId: operation.publishId,
    creationTimeMilli: operation.createdAtMs,
    ownerOrgId: operation.organisation,
    lastUpdateTimeMilli: operation.updatedAtMs,
    revisionId: operation.revisionId,
    target: operation.target,
    username: operation.username,
    publishState: publishState(operation),
    publishStatus: publishStatus(operation),
    publishAcceptanceStatus: acceptanceStatus(operation),
    publishHidden: rules.internals.publishHidden,
    publishMode: rules.internals.publishMode,
    operationType: operation.operationType,
    statusLine: statusLine(operation),
    configLastModifiedTimeMilli: operation.configLastModifiedMs,
    isActive: operation.isActive,
    validatorsErrDetails: errorDetails(operation, rules),
  };
}

/** U29. */
function publishState(operation: PublishingOperation): string {
  return publishStatus(operation).toUpperCase();
}

function statusLine({ phase, findings }: PublishingOperation): readonly string[] {
  switch (phase) {
    case "invalid":
      return findings.length > 0 ? findings.map(({ message }) => message) : ["The configuration was found invalid."];
    case "dismissed":
      return ["The operation was validated but could not be initiated."];
    case "failed":
      return ["The operation failed on the CDN."];
    case "aborted":
      return ["The operation was cancelled."];
    default:
      return [];
  }
}

/** U30. */
function errorDetails(operation: PublishingOperation, rules: Assumptions): unknown {
  if (operation.phase !== "invalid") return null;
  const findings =
    operation.findings.length > 0
      ? operation.findings
      : [{ message: "The configuration was found invalid.", path: "hostIndex" }];
  return rules.validatorsErrDetails === "array" ? findings : findings[0];
}
