/**
 * Qwilt as a client of an ACME CA (RFC 8555): dns-01 through the customers' CNAMEs. In real time, whatever the clock.
 */
import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import type { Authorization, Client } from "acme-client";
import type { Assumptions } from "../assumptions.ts";
import type { DnsZone } from "../dns/dns-zone.ts";
import { namesOf } from "../domain/certificate-template.ts";
import { delegationOf } from "../domain/delegation.ts";
import { pemBlocks } from "../domain/pem.ts";
import type { SigningRequest } from "../domain/signing-request.ts";
import type { SignedCertificate } from "./ca.ts";

export type AcmeResult =
  | { readonly kind: "challenge-passed" }
  | { readonly kind: "signed"; readonly certificate: SignedCertificate }
  /** The challenge failed, or the CA refused to sign afterwards. */
  | { readonly kind: "refused" };

export interface AcmeOptions {
  readonly directoryUrl: string;
  /** File with the root certificate of the CA's own HTTPS; undefined: the system's roots. */
  readonly caFile: string | undefined;
  readonly zone: DnsZone;
  readonly rules: Assumptions;
  readonly report: (csrId: number, result: AcmeResult) => void;
}

/** About a minute in all: longer than any validation takes. */
const polling = { backoffAttempts: 25, backoffMin: 200, backoffMax: 3_000 };
const retries = { retryMaxAttempts: 4, retryDefaultDelay: 1 };

export class AcmeOrders {
  private readonly options: AcmeOptions;
  private readonly running = new Map<number, Promise<void>>();
  private client: Promise<Client> | undefined;
  private closed = false;

  constructor(options: AcmeOptions) {
    this.options = options;
  }

  /** Starts an order, unless the request already has one. The result is reported later. */
  start(request: SigningRequest): void {
    if (this.closed || this.running.has(request.csrId)) return;
    const order = this.carryOut(request).finally(() => this.running.delete(request.csrId));
    this.running.set(request.csrId, order);
  }

  /** Resolves once no order is in progress. */
  async idle(): Promise<void> {
    while (this.running.size > 0) await Promise.all(this.running.values());
  }

  close(): void {
    this.closed = true;
  }

  private async carryOut(request: SigningRequest): Promise<void> {
    try {
      this.client ??= this.register();
      const client = await this.client;
      const identifiers = namesOf(request).map((value) => ({ type: "dns" as const, value }));
      const order = await client.createOrder({ identifiers });
      const authorizations = await client.getAuthorizations(order);
      await Promise.all(authorizations.map((authorization) => this.prove(client, request, authorization)));
      this.report(request, { kind: "challenge-passed" });
      await client.finalizeOrder(order, request.csrPem);
      const bundle = pemBlocks(await client.getCertificate(order));
      const [leaf, ...chain] = bundle.map(({ text }) => text);
      if (leaf === undefined) throw new Error("The CA's answer holds no certificate.");
      this.report(request, { kind: "signed", certificate: { certificatePem: leaf, chainPem: chain.join("") } });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!this.closed) process.stderr.write(`qwilt-emulator: ACME for CSR ${request.csrId}: ${reason}\n`);
      this.report(request, { kind: "refused" });
    }
  }

  /** The token is in Qwilt's challenge zone, where the customer's CNAME leads the CA. */
  private async prove(client: Client, request: SigningRequest, authorization: Authorization): Promise<void> {
    if (authorization.status === "valid") return;
    const challenge = authorization.challenges.find(({ type }) => type === "dns-01");
    if (challenge === undefined)
      throw new Error(`The CA offers no dns-01 challenge for ${authorization.identifier.value}.`);
    const { zone, rules } = this.options;
    const { toDomain } = delegationOf(authorization.identifier.value, request.organisation, rules);
    const record = { type: "TXT", value: await client.getChallengeKeyAuthorization(challenge), ttl: 1 } as const;
    zone.add(toDomain, record);
    try {
      await client.completeChallenge(challenge);
      await client.waitForValidStatus(challenge);
    } finally {
      if (!this.closed) zone.remove(toDomain, record);
    }
  }

  /** Loaded here, because most emulators never need it. */
  private async register(): Promise<Client> {
    const acme = await import("acme-client");
    const { directoryUrl, caFile } = this.options;
    const settings = Object.fromEntries(Object.entries(acme.axios.defaults)).acmeSettings;
    Object.assign(acme.axios.defaults, { acmeSettings: { ...(settings ?? {}), ...retries } });
    if (caFile !== undefined) acme.axios.defaults.httpsAgent = new Agent({ ca: readFileSync(caFile) });
    const client = new acme.Client({ directoryUrl, accountKey: await acme.crypto.createPrivateEcdsaKey(), ...polling });
    try {
      await client.createAccount({ termsOfServiceAgreed: true });
      return client;
    } catch (error) {
      // The CA may only be late: the next order tries again.
      this.client = undefined;
      throw error;
    }
  }

  private report(request: SigningRequest, result: AcmeResult): void {
    if (!this.closed) this.options.report(request.csrId, result);
  }
}
