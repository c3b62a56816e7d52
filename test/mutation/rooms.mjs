/**
 * What safety rests on, and the suites that must notice when it changes. A mutant costs as long as the
 * tests that reach it, so each room names the few that speak about it.
 *
 * @type {Array<{ name: string, mutate: string[], tests: string[] }>}
 */
export const rooms = [
	{
		name: 'signature',
		mutate: ['nodes/extend/signature.ts'],
		tests: ['test/unit/signature.test.ts'],
	},
	{
		name: 'retry',
		mutate: ['nodes/extend/retry.ts'],
		tests: ['test/unit/retry.test.ts'],
	},
	{
		name: 'batches',
		mutate: ['nodes/ExtendBatchRunWorkflow/submit/batches.ts'],
		tests: ['test/unit/batches.test.ts'],
	},
	{
		name: 'joining',
		mutate: ['nodes/ExtendListRunsByBatch/joining.ts'],
		tests: ['test/unit/joining.test.ts'],
	},
];
