/** The life of Extend Trigger in a real n8n, with thousands of executions: `npm run test:trigger`. */
module.exports = {
	...require('./jest.e2e.config.js'),
	testMatch: ['<rootDir>/test/e2e/trigger.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
};
