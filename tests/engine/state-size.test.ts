/** The size of a site in the state, which file and object-store backends rewrite completely in each step. */
import { adapterOfSuite } from "../support/engine/adapter.ts";
import { stackOfFile } from "../support/engine/file-stack.ts";
import { sizeOfState } from "../support/engine/state-size.ts";
import { HOSTS, siteProgram } from "../support/programs/site-program.ts";
import { typicalMaterial } from "../support/x509/materials.ts";

/** The native provider stores no provider text and no URN in the properties. */
const LIMIT_BYTES = { dynamic: 16, native: 10 }[adapterOfSuite()] * 1024;
const on = stackOfFile();

test(`a site of five resources takes at most ${LIMIT_BYTES / 1024} KB of state`, async () => {
  on.stack.write(siteProgram({ material: await typicalMaterial(HOSTS) }));
  await on.stack.up();
  const { resources, bytes, stackTraces } = sizeOfState(await on.stack.exported());
  console.log(`state of a site: ${bytes} bytes (${resources}), and ${stackTraces} of stack traces`);
  expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
});
