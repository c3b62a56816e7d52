/** A real n8n in queue mode, on Postgres and Redis that the suite starts itself: `npm run test:queue`. */
module.exports = {
	...require('./jest.config.js'),
	testMatch: ['<rootDir>/test/e2e/queue.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
	testTimeout: 300_000,
};
