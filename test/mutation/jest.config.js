/** The quick suites as Stryker runs them; which files of them, each room says. */
const { projects, testTimeout } = require('../../jest.config.js');

const { testEnvironment, transform } = projects[0];

module.exports = {
	rootDir: '../..',
	roots: ['credentials', 'nodes', 'test'].map((folder) => `<rootDir>/${folder}`),
	testEnvironment,
	transform,
	testTimeout,
	testRunner: '<rootDir>/test/mutation/jest-circus-until-noticed.cjs',
	testSequencer: '<rootDir>/test/mutation/inOrder.cjs',
	setupFiles: ['<rootDir>/test/mutation/properties.cjs'],
};
