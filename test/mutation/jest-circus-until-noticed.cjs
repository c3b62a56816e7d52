/**
 * Jest's own runner, but one failed test of a room is enough: what comes behind it is left out, in its own
 * suite and in the others. Stryker wants nothing more, and Jest cannot be told so from a program. The name of
 * the file tells Stryker whose runner it is.
 */
const { createEmptyTestResult } = require('@jest/test-result');
const { default: runSuite } = require('jest-circus/runner');

const activeMutant = () => process.env.__STRYKER_ACTIVE_MUTANT__;

/** The mutant that a test has noticed last. */
let noticed;

const isNoticed = () => noticed !== undefined && noticed === activeMutant();

function leftOut(testPath) {
	const test = { ancestorTitles: [], failureMessages: [], fullName: testPath, title: testPath };
	return {
		...createEmptyTestResult(),
		numPendingTests: 1,
		testFilePath: testPath,
		testResults: [{ ...test, status: 'pending', numPassingAsserts: 0 }],
	};
}

module.exports = async function runUntilNoticed(globalConfig, config, environment, ...rest) {
	const [, testPath] = rest;
	if (isNoticed()) return leftOut(testPath);
	const handle = environment.handleTestEvent?.bind(environment);
	environment.handleTestEvent = async (event, state) => {
		if (event.name === 'test_start' && isNoticed()) event.test.mode = 'skip';
		if (event.name === 'test_done' && event.test.errors.length > 0) noticed = activeMutant();
		await handle?.(event, state);
	};
	return await runSuite(globalConfig, config, environment, ...rest);
};
