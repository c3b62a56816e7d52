/** The end-to-end suite: the packed package in a real n8n, driven over its REST interface and in a browser. */
module.exports = {
	...require('./jest.config.js'),
	testMatch: ['<rootDir>/test/e2e/**/*.test.ts'],
	// These have an n8n of their own.
	testPathIgnorePatterns: [
		'/node_modules/',
		'<rootDir>/test/e2e/trigger.test.ts',
		'<rootDir>/test/e2e/queue.test.ts',
	],
	globalSetup: '<rootDir>/test/e2e/globalSetup.ts',
	globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
	testTimeout: 600_000,
};
