/**
 * The suites. `jest` alone runs the quick ones, as `npm test` does; the others are named with
 * `--selectProjects`, as the scripts of package.json do.
 */
const base = {
	testEnvironment: 'node',
	modulePathIgnorePatterns: ['<rootDir>/dist/'],
	transform: {
		'^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2022', parser: { syntax: 'typescript' } } }],
	},
};

const all = '<rootDir>/test/**/*.test.ts';
const without = (...places) => ['/node_modules/', ...places];

/** Builds the package first: what these suites test is what would be published now. */
const builds = { ...base, globalSetup: '<rootDir>/test/harness/n8n/build.ts' };

const quick = [
	{
		...base,
		displayName: 'quick',
		testMatch: [all],
		testPathIgnorePatterns: without(
			'<rootDir>/test/e2e/',
			'<rootDir>/test/package/',
			'<rootDir>/test/queue/',
			'<rootDir>/test/slow/',
			'<rootDir>/test/trigger/',
		),
	},
	{ ...builds, displayName: 'package', testMatch: ['<rootDir>/test/package/*.test.ts'] },
];

const others = [
	{ ...base, displayName: 'slow', testMatch: ['<rootDir>/test/slow/*.test.ts'] },
	{
		...base,
		// The packed package in a real n8n, driven over its REST interface and in a browser.
		displayName: 'e2e',
		testMatch: ['<rootDir>/test/e2e/*.test.ts'],
		globalSetup: '<rootDir>/test/e2e/globalSetup.ts',
		globalTeardown: '<rootDir>/test/e2e/globalTeardown.ts',
	},
	{ ...builds, displayName: 'trigger', testMatch: ['<rootDir>/test/trigger/*.test.ts'] },
	{ ...builds, displayName: 'queue', testMatch: ['<rootDir>/test/queue/*.test.ts'] },
];

const isChosen = process.argv.some((argument) => argument.startsWith('--selectProjects'));

module.exports = {
	projects: isChosen ? [...quick, ...others] : quick,
	// The tests wait more than they compute, some of them for long; these begin first. The gate takes its time.
	maxWorkers: process.env.CI ? 6 : 9,
	testSequencer: '<rootDir>/test/harness/slowestFirst.cjs',
	testTimeout: 60_000,
};
