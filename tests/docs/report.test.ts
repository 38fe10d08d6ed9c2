import { REPORT_USAGE } from "../../provider/cli/report-command.ts";
import { expectGenerated } from "./generated.ts";

test("docs/report.md has the options of the command", () => {
  expectGenerated("docs/report.md", "report-usage", `\`\`\`text\n${REPORT_USAGE.trim()}\n\`\`\``);
});
