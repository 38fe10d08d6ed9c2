import { z } from "zod";
import { readPolicies } from "../../provider/policies/policy-file.ts";
import { RULES } from "../../provider/policies/rules.ts";
import { expectGenerated, page } from "./generated.ts";

const cell = (text: string) => text.replaceAll("|", "\\|");

function parametersOf(shape: Readonly<Record<string, unknown>>): string {
  const { properties = {} } = z.toJSONSchema(z.object(shape as z.ZodRawShape), { io: "input" });
  const parts = Object.entries(properties).map(([name, one]) => {
    const { default: usual, description = "" } = typeof one === "object" ? one : {};
    return `\`${name}\`: ${description}; default \`${JSON.stringify(usual)}\``;
  });
  return parts.join("<br>") || "none";
}

test("docs/policies.md has every rule with its fix and its parameters", () => {
  const rows = RULES.map(
    ({ id, explanation, fix, parameters }) =>
      `| ${[`\`${id}\``, explanation, fix, parametersOf(parameters.shape)].map(cell).join(" | ")} |`,
  );
  expectGenerated(
    "docs/policies.md",
    "policy-rules",
    ["| Rule | What it requires | If it is violated | Parameters |", "| --- | --- | --- | --- |", ...rows].join("\n"),
  );
});

test("docs/policies.md shows the pack and the settings of examples/policy-pack, and the settings can be read", () => {
  const settings = page("examples/policy-pack/policies.json");
  expect(readPolicies(settings).length).toBeGreaterThan(0);
  expectGenerated("docs/policies.md", "policy-settings", `\`\`\`json\n${settings}\`\`\``);
  const program = page("examples/policy-pack/index.ts").replace(/^\/\/.*\n/gm, "");
  expectGenerated("docs/policies.md", "policy-pack", `\`\`\`ts\n${program}\`\`\``);
});
