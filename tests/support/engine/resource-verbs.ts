/** The verbs of one resource on the shipped runtime, without the properties that only the engine needs. */

import type { QwiltError } from "../../../provider/core/errors/qwilt-error.ts";
import type { CertificateState } from "../../../provider/resources/certificate/args.ts";
import type { CertificateIssuanceState } from "../../../provider/resources/certificate-issuance.ts";
import type { CertificateTemplateState } from "../../../provider/resources/certificate-template/args.ts";
import type { SiteCertificateLinkState } from "../../../provider/resources/site-certificate-link/args.ts";
import type { SitePublicationState } from "../../../provider/resources/site-publication.ts";
import type { Properties } from "./process-engine.ts";
import { type RuntimeProvider, VerbError } from "./runtime-provider.ts";

export interface ResourceVerbs<State extends object> {
  /** Rejects with the error that the engine receives, like every verb. */
  create(inputs: object): Promise<{ readonly id: string; readonly state: State }>;
  /** undefined: it does not exist. */
  read(id: string, state: object): Promise<State | undefined>;
  update(id: string, state: object, inputs: object): Promise<State>;
  delete(id: string, state: object): Promise<void>;
  /** @returns the warnings on the row of its preview */
  preview(id: string, state: object, inputs: object): Promise<readonly string[]>;
}

/** @param run a runtime that knows a kind by its name */
function verbsOf<State extends object>(kind: string, run: RuntimeProvider, urn?: string): ResourceVerbs<State> {
  const hidden = { __provider: kind, ...(urn === undefined ? {} : { __urn: urn }) };
  const carried = (properties: object): Properties => ({ ...properties, ...hidden });
  // What a verb returns is the state of this kind.
  const state = (properties: Properties) => withoutHidden(properties) as State;
  function must<T>({ error, ok }: { readonly error: unknown; readonly ok: T | undefined }): T {
    if (ok === undefined) throw error;
    return ok;
  }
  return {
    async create(inputs) {
      const { id, outs } = must(await run.create(carried(inputs)));
      return { id, state: state(outs) };
    },
    async read(id, olds) {
      const found = must(await run.read(id, carried(olds)));
      return found.id === "" ? undefined : state(found.props);
    },
    update: async (id, olds, inputs) => state(must(await run.update(id, carried(olds), carried(inputs))).outs),
    delete: async (id, olds) => void must(await run.remove(id, carried(olds))),
    async preview(id, olds, inputs) {
      const { length } = run.said;
      await run.diff(id, carried(olds), carried(inputs));
      return run.said.slice(length).flatMap((line) => (line.startsWith("warn: ") ? [line.slice(6)] : []));
    },
  };
}

const withoutHidden = (properties: Properties) =>
  Object.fromEntries(Object.entries(properties).filter(([key]) => !key.startsWith("__")));

/** The state and the error of a verb that failed. Rejects if it succeeded, or left no state. */
export async function unfinished(
  work: Promise<unknown>,
): Promise<{ readonly reason: QwiltError; readonly message: string; readonly state: object }> {
  const thrown: unknown = await work.then(
    () => "it went well",
    (error: unknown) => error,
  );
  const { initFailed: saved, reason } = thrown instanceof VerbError ? thrown : {};
  if (saved === undefined || reason === undefined) throw new Error(`no partial failure: ${String(thrown)}`);
  return { reason, message: saved.reasons.join("\n"), state: withoutHidden(saved.properties) };
}

export const certificateOf = (run: RuntimeProvider, urn?: string) => verbsOf<CertificateState>("Certificate", run, urn);
export const templateOf = (run: RuntimeProvider) => verbsOf<CertificateTemplateState>("CertificateTemplate", run);
export const linkOf = (run: RuntimeProvider, urn?: string) =>
  verbsOf<SiteCertificateLinkState>("SiteCertificateLink", run, urn);
export const issuanceOf = (run: RuntimeProvider, urn?: string) =>
  verbsOf<CertificateIssuanceState>("CertificateIssuance", run, urn);
export const publicationOf = (run: RuntimeProvider) => verbsOf<SitePublicationState>("SitePublication", run);
