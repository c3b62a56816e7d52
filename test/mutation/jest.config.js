/** The quick suites as Stryker runs them; which files of them, each room says. */
const { projects, testTimeout } = require('../../jest.config.js');

const { testEnvironment, transform } = projects[0];

module.exports = { rootDir: '../..', testEnvironment, transform, testTimeout };
