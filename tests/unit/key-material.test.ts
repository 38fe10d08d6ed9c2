/** Keys of one run: read once, found by the hash of their public half, with their origin. */
import { createKeyMaterials } from "../../provider/run/key-material.ts";
import { certificateFacts } from "../../provider/x509/facts.ts";
import { type Leaf, makeLeaf } from "../support/x509/factory.ts";

const NAME = "QWILT_TEST_KEY_MATERIAL";
const reference = { env: NAME };
let leaf: Leaf;
beforeAll(async () => {
  leaf = await makeLeaf({ names: ["www.example.com"] });
});
afterEach(() => {
  delete process.env[NAME];
});

test("a key of the program is found by the hash in its certificate, and is read once", () => {
  const keys = createKeyMaterials();
  const { publicKeyHash } = certificateFacts(leaf.certificate);
  expect(keys.of(publicKeyHash)).toBeUndefined();
  const key = keys.given(leaf.privateKey);
  expect(key).toMatchObject({ publicKeyHash, pem: leaf.privateKey, origin: "program" });
  expect(keys.of(publicKeyHash)).toBe(key);
  expect(keys.given(leaf.privateKey).read).toBe(key.read);
});

test("the key that a preview finds for a reference is the one that is uploaded", async () => {
  const keys = createKeyMaterials();
  expect(keys.look(reference)).toMatchObject({ kind: "absent" });
  process.env[NAME] = leaf.privateKey;
  const { publicKeyHash } = certificateFacts(leaf.certificate);
  expect(keys.look(reference)).toMatchObject({ kind: "found", key: { publicKeyHash, origin: reference } });
  delete process.env[NAME];
  expect(keys.of(publicKeyHash)).toMatchObject({ pem: leaf.privateKey, origin: reference });
});

test("a command is not run by a preview", async () => {
  const keys = createKeyMaterials();
  const print = `process.stdout.write(${JSON.stringify(leaf.privateKey)})`;
  const command: [string, string, string] = [process.execPath, "-e", print];
  expect(keys.look({ command })).toEqual({ kind: "later" });
  const fetched = await keys.fetch({ command }, new AbortController().signal);
  expect(fetched).toMatchObject({ kind: "found", key: { pem: leaf.privateKey, origin: { command } } });
});

test("a text without a usable key has no hash, and gives the reason", () => {
  const keys = createKeyMaterials();
  const key = keys.given(leaf.certificate);
  expect(key.publicKeyHash).toBeUndefined();
  expect(key.read.fault?.code).toBe("CERT_CERTIFICATE_IN_KEY");
});
