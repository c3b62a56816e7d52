/** The suites that take minutes: fault matrix, random faults, rate control. `npm run test:slow`. */
module.exports = {
	...require('./jest.config.js'),
	testMatch: ['<rootDir>/test/slow/**/*.test.ts'],
	testPathIgnorePatterns: ['/node_modules/'],
};
