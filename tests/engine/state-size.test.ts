/** The size of a site in the state, which file and object-store backends rewrite completely in each step. */
import { kindOfType } from "../../provider/core/resource-type.ts";
import { adapterOfSuite } from "../support/engine/adapter.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { HOSTS, siteProgram } from "../support/programs/site-program.ts";
import { makeCa, makeLeaf } from "../support/x509/factory.ts";

/** The native provider stores no provider text and no URN in the properties. */
const LIMIT_BYTES = { dynamic: 16, native: 12 }[adapterOfSuite()] * 1024;
const on = stackOfFile();

/** As large as typical public certificates: 2048-bit keys, and two files with two certificates together. */
async function material() {
  const root = await makeCa({
    commonName: "Example Root R1",
    organization: "Example Trust Services",
    keyType: "RSA-2048",
  });
  const ca = await makeCa({
    commonName: "Example Intermediate TLS R12",
    organization: "Example Trust Services",
    keyType: "RSA-2048",
    issuer: root,
  });
  const { certificate, certificateChain, privateKey } = await makeLeaf({ names: HOSTS, keyType: "RSA-2048", ca });
  return { leaf: certificate, chain: certificateChain, key: privateKey };
}

test(`a site of five resources takes at most ${LIMIT_BYTES / 1024} KB of state`, async () => {
  on.stack.write(siteProgram({ material: await material() }));
  await on.stack.up();
  const { deployment } = await on.stack.exported();
  const own = (deployment.resources ?? []).filter(({ type }) => kindOfType(type) !== undefined);
  const size = (value: unknown, indent?: number) => Buffer.byteLength(JSON.stringify(value, undefined, indent));
  const each = own.map((one) => `${one.type.split(":").at(-1)} ${size(one)}`).join(", ");
  console.log(`state of a site: ${size(own)} bytes (${each}); ${size(own, 4)} as a file backend indents them`);
  expect(own).toHaveLength(5);
  expect(size(own)).toBeLessThanOrEqual(LIMIT_BYTES);
});
