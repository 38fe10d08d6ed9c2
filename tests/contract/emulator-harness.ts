/** Raw HTTP against the emulator: node:http with the request target exactly as given, no client library. */
import http from "node:http";
import { type Emulator, type EmulatorOptions, startEmulator } from "../../emulator/emulator.ts";
import { type Leaf, makeLeaf, sharedKeys } from "../support/x509/factory.ts";

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly text: string;
  /** Parsed body; undefined if it is not JSON. Tests check it with matchers. */
  readonly json: unknown;
}

export interface Ask {
  readonly method: string;
  /** Sent unchanged, including double slashes. */
  readonly target: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, a string unchanged. */
  readonly body?: unknown;
  /** If omitted, a separate connection for each request. */
  readonly agent?: http.Agent;
}

export function send(base: string, { method, target, headers = {}, body, agent }: Ask): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const text = body === undefined || typeof body === "string" ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const length = text === undefined ? {} : { "content-length": String(Buffer.byteLength(text)) };
    const request = http.request(
      { hostname, port, method, path: target, headers: { ...length, ...headers }, agent: agent ?? false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("aborted", () => reject(new Error("the answer was cut")));
        response.on("end", () => {
          const received = Buffer.concat(chunks).toString("utf8");
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: received,
            json: parsed(received),
          });
        });
      },
    );
    request.on("error", reject);
    request.end(text);
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A text field of a JSON response, for ids. */
export function field(answer: Answer, name: string): string {
  const { json } = answer;
  const value =
    typeof json === "object" && json !== null ? Object.entries(json).find(([key]) => key === name) : undefined;
  if (value === undefined) throw new Error(`no ${name} in ${answer.status} ${answer.text}`);
  return String(value[1]);
}

export class Api {
  readonly emulator: Emulator;
  private readonly credentials: Readonly<Record<string, string>>;

  constructor(emulator: Emulator, credentials?: Readonly<Record<string, string>>) {
    this.emulator = emulator;
    this.credentials = credentials ?? { "x-api-key": emulator.apiKey };
  }

  call(method: string, target: string, body?: unknown): Promise<Answer> {
    const headers = { ...this.credentials, "content-type": "application/json" };
    return send(this.emulator.api, { method, target, headers, body });
  }

  control(method: string, target: string, body?: unknown): Promise<Answer> {
    return send(this.emulator.control, { method, target, body });
  }

  /** The same emulator with other credentials. */
  as(credentials: Readonly<Record<string, string>>): Api {
    return new Api(this.emulator, credentials);
  }

  async newSite(siteName: string): Promise<string> {
    return field(await this.call("POST", "/api/v2/sites", { siteName }), "siteId");
  }

  async newRevision(siteId: string, ...hosts: string[]): Promise<string> {
    const body = { hostIndex: hostIndex(...hosts), changeDescription: "a change" };
    return field(await this.call("POST", `/api/1/sites/${siteId}/configurations`, body), "revisionId");
  }

  async newCertificate(leaf: Leaf): Promise<string> {
    return field(await this.call("POST", "/api/v2/certificates", uploadOf(leaf)), "certId");
  }

  link(siteId: string, certificateId: string): Promise<Answer> {
    return this.call("POST", `/api/v2/sites/${siteId}/certificates`, { certificateId });
  }

  publish(siteId: string, revisionId: string, target = "ga"): Promise<Answer> {
    return this.call("POST", `/api/v2/sites/${siteId}/publishing-operations`, { revisionId, target });
  }

  republish(siteId: string, target = "ga"): Promise<Answer> {
    return this.call("POST", `/api/v2/sites/${siteId}/publishing-operations/actions/republish`, { target });
  }

  unpublish(siteId: string, target = "ga"): Promise<Answer> {
    return this.call("POST", `/api/v2/sites/${siteId}/publishing-operations/actions/un-publish`, { target });
  }

  operation(siteId: string, publishId: string): Promise<Answer> {
    return this.call("GET", `/api/v2/sites/${siteId}/publishing-operations/${publishId}`);
  }

  /** A site that serves hosts on ga, with a certificate if given. Returns at the moment of Success. */
  async liveSite(siteName: string, hosts: readonly string[], certificateId?: string) {
    const siteId = await this.newSite(siteName);
    const revisionId = await this.newRevision(siteId, ...hosts);
    if (certificateId !== undefined) await this.link(siteId, certificateId);
    const publishId = field(await this.publish(siteId, revisionId), "publishId");
    this.emulator.clock.advance(300);
    return { siteId, revisionId, publishId };
  }
}

/** A frozen emulator for a test file, started before its tests and reset before each of them. */
export function frozenEmulator(options: EmulatorOptions = {}): () => Api {
  let api: Api | undefined;
  beforeAll(async () => {
    api = new Api(await startEmulator({ now: "2026-03-01T00:00:00.000Z", ...options }));
  });
  beforeEach(async () => {
    await api?.control("POST", "/reset");
  });
  afterAll(() => api?.emulator.close());
  return () => {
    if (api === undefined) throw new Error("the emulator has not started");
    return api;
  };
}

export const origin = {
  "generic-metadata-type": "MI.SourceMetadataExtended",
  "generic-metadata-value": { sources: [{ protocol: "https/1.1", endpoints: ["origin.example.com"] }] },
};

export function metadata(type: string, value: unknown) {
  return { "generic-metadata-type": type, "generic-metadata-value": value };
}

export function hostIndex(...hosts: string[]) {
  return { hosts: hosts.map((host) => ({ host, "host-metadata": { metadata: [origin], paths: [] } })) };
}

export function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

export function uploadOf(leaf: Leaf) {
  return {
    certificate: base64(leaf.certificate),
    certificateChain: base64(leaf.certificateChain),
    privateKey: base64(leaf.privateKey),
    description: "a certificate",
  };
}

let made = 0;

/** A certificate with its own key, valid on the frozen clock and for a year. */
export function newLeaf(...names: string[]): Promise<Leaf> {
  return makeLeaf({
    names,
    keys: sharedKeys("EC-P256", made++ % 8),
    notBefore: new Date("2026-02-01T00:00:00Z"),
    notAfter: new Date("2027-02-01T00:00:00Z"),
  });
}
