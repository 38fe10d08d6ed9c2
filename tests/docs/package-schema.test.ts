/** The package schema of the native provider is generated from the code. */
import { expectFile } from "./generated.ts";
import { packageSchema } from "./package-schema.ts";

test("provider/engine/native/schema.json is what the schemas, the states and their comments say", () => {
  expectFile("provider/engine/native/schema.json", `${JSON.stringify(packageSchema(), undefined, 2)}\n`);
});
