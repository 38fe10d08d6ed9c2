import { generateKeyPair, generateKeyPairSync } from "node:crypto";
import type { Assumptions } from "../assumptions.ts";

type KeyType = Assumptions["csrKey"];

/** Keys that wait for the next burst of templates. */
const wanted = 4;
const encoding = {
  publicKeyEncoding: { type: "spki", format: "pem" },
  privateKeyEncoding: { type: "pkcs8", format: "pem" },
} as const;
const rsa = { modulusLength: 2048, ...encoding };
const ec = { namedCurve: "P-256", ...encoding };

/**
 * Private keys of signing requests (U35). An RSA key takes long to find, so after the first one some are made ahead, in
 * the threads of Node's crypto. An emulator without templates makes none.
 */
export class KeyPool {
  private readonly type: KeyType;
  private readonly ready: string[] = [];
  private making = false;
  private closed = false;

  constructor(type: KeyType) {
    this.type = type;
  }

  /** @returns PKCS#8 in PEM */
  take(): string {
    const key = this.ready.shift() ?? generateNow(this.type);
    this.refill();
    return key;
  }

  close(): void {
    this.closed = true;
  }

  /** One at a time: the other cores belong to whoever runs the emulator. */
  private refill(): void {
    if (this.making || this.closed || this.type !== "RSA-2048" || this.ready.length >= wanted) return;
    this.making = true;
    generateKeyPair("rsa", rsa, (error, _publicKey, privateKey) => {
      this.making = false;
      if (error !== null) return;
      this.ready.push(privateKey);
      this.refill();
    });
  }
}

function generateNow(type: KeyType): string {
  return type === "RSA-2048" ? generateKeyPairSync("rsa", rsa).privateKey : generateKeyPairSync("ec", ec).privateKey;
}
