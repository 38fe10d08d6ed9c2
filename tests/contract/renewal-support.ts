/** Runs of a program with a self-managed template and its certificate, and the CA that signs for it. */
import { SENTINEL } from "../../provider/engine/unknowns.ts";
import { inWords } from "../support/emulator/emulator-process.ts";
import { NOTHING, type Properties, play, preview, refresh, type Wanted } from "../support/engine/process-engine.ts";
import { startRuntime } from "../support/engine/runtime-provider.ts";
import { type Ca, makeCa, signRequest } from "../support/x509/factory.ts";
import type { Api } from "./emulator-harness.ts";
import { lastSeq, ledgerSince } from "./signing-support.ts";

const DAY_MS = 86_400_000;
const KINDS: readonly string[] = ["CertificateTemplate", "Certificate"];

export function corporateCa(): Promise<Ca> {
  const span = { notBefore: new Date("2026-01-01T00:00:00Z"), notAfter: new Date("2036-01-01T00:00:00Z") };
  return makeCa({ commonName: "Corporate CA", ...span });
}

/** A stack on the emulator; each run has a separate provider process. */
export class Runs {
  state = NOTHING;
  /** If true, the CA signs nothing, and the program continues with the previous certificate. */
  isCaAway = false;
  private readonly api: Api;
  private readonly ca: Ca;
  private readonly template: Properties;
  private readonly days: number;
  private readonly signed = new Map<string, { readonly certificate: string; readonly certificateChain: string }>();

  /** @param days lifetime of the CA's certificates */
  constructor(api: Api, ca: Ca, template: Properties, days: number) {
    this.api = api;
    this.ca = ca;
    this.template = { commonName: "www.example.com", autoManaged: false, ...template };
    this.days = days;
  }

  pass(days: number): void {
    this.api.emulator.clock.advance(days * DAY_MS);
  }

  up = (kinds = KINDS) => this.run((engine) => play(engine, this.program(kinds), this.state));
  refresh = () => this.run((engine) => refresh(engine, this.state));
  preview = (kinds = KINDS) =>
    this.run(async (engine) => ({ ...(await preview(engine, this.program(kinds), this.state)), state: this.state }));

  private program(kinds: readonly string[]): readonly Wanted[] {
    const all: readonly Wanted[] = [
      { kind: "CertificateTemplate", name: "www", inputs: () => this.template },
      {
        kind: "Certificate",
        name: "www",
        inputs: async (of) => {
          const { csrPem, csrId } = of("CertificateTemplate");
          return { ...(await this.sign(String(csrPem))), csrPem, csrId };
        },
      },
    ];
    return all.filter(({ kind }) => kinds.includes(kind));
  }

  private async run<T extends Awaited<ReturnType<typeof play>>>(
    verb: (engine: Parameters<typeof play>[0]) => Promise<T>,
  ): Promise<T & { readonly warned: readonly string[]; readonly calls: readonly string[] }> {
    const { api, apiKey, clock } = this.api.emulator;
    const provider = startRuntime({
      api,
      apiKey,
      clock: { now: () => clock.now(), sleep: async (ms) => clock.advance(Math.ceil(ms)) },
    });
    const since = await lastSeq(this.api);
    const done = await verb({ provider, textOf: String });
    await provider.close();
    this.state = done.state;
    const warned = provider.said.filter((text) => text.startsWith("warn: ")).map((text) => text.slice(6));
    return { ...done, warned, calls: (await ledgerSince(this.api, since)).map(inWords) };
  }

  private async sign(csrPem: string) {
    if (csrPem === SENTINEL) return { certificate: SENTINEL, certificateChain: SENTINEL };
    const from = Math.floor(this.api.emulator.clock.now() / 1_000) * 1_000;
    const notAfter = new Date(from + this.days * DAY_MS - 1_000);
    const last = this.isCaAway ? [...this.signed.values()].at(-1) : undefined;
    const made =
      this.signed.get(csrPem) ??
      last ??
      (await signRequest({ csrPem, ca: this.ca, notBefore: new Date(from), notAfter }));
    this.signed.set(csrPem, made);
    return made;
  }
}
