// One line a test file as it ends; everything else that a run has to tell is written to a file, for tools/test-report.mjs.
"use strict";
const { appendFileSync } = require("node:fs");
const { relative } = require("node:path");

module.exports = class LineReporter {
  constructor(globalConfig, options) {
    this.root = globalConfig.rootDir;
    this.resultsFile = options.resultsFile;
  }

  onTestResult(test, result) {
    const { displayName, rootDir } = test.context.config;
    const brokenOff = result.testExecError !== undefined && result.testExecError !== null;
    const row = {
      file: relative(rootDir, test.path),
      tier: displayName?.name ?? "",
      passed: result.numPassingTests,
      // A file that could not be run counts as one failure: its tests are not known.
      failed: result.numFailingTests + (brokenOff && result.numFailingTests === 0 ? 1 : 0),
      skipped: result.numPendingTests + result.numTodoTests,
      seconds: (result.perfStats.end - result.perfStats.start) / 1000,
      failure: result.failureMessage ?? (brokenOff ? String(result.testExecError.message ?? result.testExecError) : ""),
    };
    appendFileSync(this.resultsFile, `${JSON.stringify(row)}\n`);
    const tests = [
      `${row.passed} passed`,
      ...(row.failed > 0 ? [`${row.failed} failed`] : []),
      ...(row.skipped > 0 ? [`${row.skipped} skipped`] : []),
    ];
    process.stdout.write(
      `${row.failed > 0 ? "FAIL" : "ok  "} ${row.file}  ${tests.join(", ")}, ${row.seconds.toFixed(1)} s\n`,
    );
    // What a failing file printed belongs to its failure; of a passing one it is noise.
    if (row.failed > 0) for (const line of result.console ?? []) process.stdout.write(`     ${line.message}\n`);
  }

  onRunComplete(_contexts, results) {
    const error = results.runExecError;
    if (error)
      appendFileSync(
        this.resultsFile,
        `${JSON.stringify({ file: "jest", tier: "", passed: 0, failed: 1, skipped: 0, seconds: 0, failure: String(error.message) })}\n`,
      );
  }
};
