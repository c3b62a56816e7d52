/**
 * What came of a jest suite, as the gate counts it: `<passed> <failed>`. A test that did not run (skipped,
 * left out because another was focused, or only planned) counts as failed and is named; so does a suite
 * that ended badly without a failed test.
 *
 * node count.cjs <name of the suite> <jest's results as JSON> <exit status>
 */
'use strict';

const { existsSync, readFileSync } = require('node:fs');

const [suite, path, status] = process.argv.slice(2);
let passed = 0;
let failed = 0;
if (existsSync(path)) {
	const results = JSON.parse(readFileSync(path, 'utf8'));
	passed = results.numPassedTests;
	failed = results.numFailedTests + results.numRuntimeErrorTestSuites;
	for (const { name, assertionResults } of results.testResults) {
		for (const { fullName, status: outcome } of assertionResults) {
			if (outcome === 'passed' || outcome === 'failed') continue;
			console.error(`=== ${suite}: did not run (${outcome}): ${fullName} (${name})`);
			failed += 1;
		}
	}
}
if (failed === 0 && (status !== '0' || passed === 0)) {
	console.error(`=== ${suite}: ended with status ${status} after ${passed} tests`);
	failed = 1;
}
console.log(passed, failed);
