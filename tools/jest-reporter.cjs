// Prints one line per test file when it ends; everything else is written to a file for tools/test-report.mjs.
"use strict";
const { appendFileSync } = require("node:fs");
const { relative } = require("node:path");

/** Jest waits forever for what a test left running, and a hanging run would lose its report. */
const exitMs = Number(process.env.QWILT_JEST_EXIT_MS ?? 30_000);

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
    if (row.failed === 0) return;
    // Printed at once, too: an aborted run gets no report. The output of a file belongs to its failure; for a passing
    // one it is noise.
    process.stdout.write(`${row.failure.trimEnd()}\n`);
    for (const line of result.console ?? []) process.stdout.write(`     ${line.message}\n`);
  }

  onRunComplete(_contexts, results) {
    if (results.runExecError) this.failed(String(results.runExecError.message));
    setTimeout(() => {
      this.failed(
        `Jest still ran ${exitMs / 1000} s after its last test: a test left a process, a server or a timer behind.\n` +
          "Run the files one by one, with --detectOpenHandles, to see which.",
      );
      process.exit(1);
    }, exitMs).unref();
  }

  /** A failure of the run itself. */
  failed(failure) {
    const row = { file: "jest", tier: "", passed: 0, failed: 1, skipped: 0, seconds: 0, failure };
    appendFileSync(this.resultsFile, `${JSON.stringify(row)}\n`);
  }
};
