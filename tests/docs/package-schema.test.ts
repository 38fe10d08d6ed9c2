/** The package schema of the native provider is generated from the code. */
import { expectFile } from "./generated.ts";
import { packageSchema } from "./package-schema.ts";

test("provider/engine/native/schema.json is what the schemas, the states and their comments say", () => {
  expectFile("provider/engine/native/schema.json", `${JSON.stringify(packageSchema(), undefined, 2)}\n`);
});

test("every input type, its fields and the values of every enumeration have a description", () => {
  const { types, resources } = packageSchema();
  const without: string[] = [];
  const visit = (path: string, value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    if (Reflect.get(value, "description") === "") without.push(path);
    for (const [key, inner] of Object.entries(value)) visit(`${path}.${key}`, inner);
  };
  visit("types", types);
  visit("resources", resources);
  expect(without).toEqual([]);
});
