import { createPrivateKey } from "node:crypto";
import { KeyPool } from "./key-pool.ts";

test("a burst of requests gets one distinct key each, while the event loop stays free", async () => {
  const pool = new KeyPool("RSA-2048");
  let turns = 0;
  const turning = setInterval(() => turns++, 1);
  const keys = await Promise.all(Array.from({ length: 6 }, () => pool.next()));
  clearInterval(turning);
  pool.close();
  expect(new Set(keys).size).toBe(6);
  expect(turns).toBeGreaterThan(5);
  for (const key of keys) expect(createPrivateKey(key).asymmetricKeyDetails?.modulusLength).toBe(2048);
});

test("a returned key is the next one", async () => {
  const pool = new KeyPool("RSA-2048");
  const key = await pool.next();
  pool.close();
  pool.giveBack(key);
  expect(pool.take()).toBe(key);
});

test("a key of either type is available synchronously", () => {
  for (const type of ["RSA-2048", "EC-P256"] as const) {
    const pool = new KeyPool(type);
    expect(createPrivateKey(pool.take()).asymmetricKeyType).toBe(type === "RSA-2048" ? "rsa" : "ec");
    pool.close();
  }
});
