import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import type { Assumptions } from "../assumptions.ts";

type KeyType = Assumptions["csrKey"];

/** Keys kept in reserve for the next burst of templates. */
const wanted = 4;
/** The other cores belong to the user of the emulator. */
const atOnce = 2;
const encoding = {
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
} as const;
const rsa = { modulusLength: 2048, ...encoding };
const ec = { namedCurve: "P-256", ...encoding };

/**
 * Private keys of signing requests (U35). Generating an RSA key takes long: requests wait for one from the threads of
 * Node's crypto, so that other requests are not blocked, and after the first one some are generated in advance. An
 * emulator without templates generates none.
 */
export class KeyPool {
  private readonly type: KeyType;
  private readonly ready: string[] = [];
  private readonly waiting: ((key: string) => void)[] = [];
  private making = 0;
  private closed = false;

  constructor(type: KeyType) {
    this.type = type;
  }

  /** @returns PKCS#8 in PEM */
  async next(): Promise<string> {
    if (this.type !== "RSA-2048") return generateNow(this.type);
    const key = this.ready.shift() ?? (await this.made());
    this.refill();
    return key;
  }

  /** A key without waiting, for events of the clock. */
  take(): string {
    const key = this.ready.shift() ?? generateNow(this.type);
    this.refill();
    return key;
  }

  /** Returns an unused key to the pool. */
  giveBack(key: string): void {
    if (this.type === "RSA-2048") this.ready.unshift(key);
  }

  /** Callers that still wait get a key: their requests end with the connection. */
  close(): void {
    this.closed = true;
  }

  private made(): Promise<string> {
    const key = new Promise<string>((resolve) => this.waiting.push(resolve));
    this.refill();
    return key;
  }

  private refill(): void {
    const missing = this.waiting.length + (this.closed ? 0 : wanted) - this.ready.length;
    if (this.type !== "RSA-2048" || this.making >= Math.min(atOnce, missing)) return;
    this.making += 1;
    generateKeyPair("rsa", rsa, (error, _publicKey, privateKey) => {
      this.making -= 1;
      if (error !== null) throw error;
      const next = this.waiting.shift();
      if (next === undefined) this.ready.push(privateKey);
      else next(privateKey);
      this.refill();
    });
    this.refill();
  }
}

function generateNow(type: KeyType): string {
  return type === "RSA-2048" ? generateKeyPairSync("rsa", rsa).privateKey : generateKeyPairSync("ec", ec).privateKey;
}
