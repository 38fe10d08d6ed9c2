import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lintCertificate } from "../../provider/x509/lint.ts";
import { formCases } from "../support/referees/cases-form.ts";
import { keyCases } from "../support/referees/cases-keys.ts";
import { nameCases } from "../support/referees/cases-names.ts";
import { pathCases } from "../support/referees/cases-path.ts";
import { usageCases } from "../support/referees/cases-usage.ts";
import { goVerdicts } from "../support/referees/go.ts";
import { eachOf, opensslVerdict } from "../support/referees/openssl.ts";

test("experiment", async () => {
  const t0 = Date.now();
  const cases = [...pathCases(), ...usageCases(), ...formCases(), ...keyCases(), ...nameCases()];
  const t1 = Date.now();
  const at = Date.now();
  const plain = await eachOf(cases, (c) => opensslVerdict({ ...c, at }, { strict: false }));
  const strict = await eachOf(cases, (c) => opensslVerdict({ ...c, at }, { strict: true }));
  const t2 = Date.now();
  const go = await goVerdicts(cases.map(({ leaf, chain, root, host }) => ({ leaf, chain, root, host, at })));
  const t3 = Date.now();
  const rows = cases.map((c, i) => {
    const found = lintCertificate({
      certificate: c.leaf,
      certificateChain: c.chain,
      now: at,
      hosts: c.host ? [c.host] : [],
    });
    const folder = join("/tmp/lintx/cases", String(i).padStart(3, "0"));
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "leaf.pem"), c.leaf);
    writeFileSync(join(folder, "chain.pem"), c.chain);
    writeFileSync(join(folder, "root.pem"), c.root);
    return `${String(i).padStart(3, "0")} ${c.group}: ${c.title}\n    plain:  ${plain[i]}\n    strict: ${strict[i]}\n    go:     ${go[i]?.refusal}\n    ours:   ${found.map((f) => `${f.severity} ${f.code}`).join(", ")}`;
  });
  writeFileSync("/tmp/lintx/rows.txt", rows.join("\n"));
  console.log(t1 - t0, t2 - t1, t3 - t2, cases.length);
}, 120000);
