import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import type { Assumptions } from "../assumptions.ts";

type KeyType = Assumptions["csrKey"];

/** Keys that wait for the next burst of templates. */
const wanted = 4;
/** The other cores belong to whoever runs the emulator. */
const atOnce = 2;
const encoding = {
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
} as const;
const rsa = { modulusLength: 2048, ...encoding };
const ec = { namedCurve: "P-256", ...encoding };

/**
 * Private keys of signing requests (U35). An RSA key takes long to find: requests wait for one that the threads of Node's
 * crypto make, so that other requests do not, and after the first one some are made ahead. An emulator without templates
 * makes none.
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

  /** A key at once: what the clock makes due does not wait. */
  take(): string {
    const key = this.ready.shift() ?? generateNow(this.type);
    this.refill();
    return key;
  }

  /** Takes back a key that nobody has seen. */
  giveBack(key: string): void {
    if (this.type === "RSA-2048") this.ready.unshift(key);
  }

  /** Whoever still waits gets a key: its request ends with the connection. */
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
