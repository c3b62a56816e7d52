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
	{ name: 'retry', mutate: ['nodes/extend/retry.ts'], tests: ['test/unit/retry.test.ts'] },
	{
		name: 'reference',
		mutate: ['nodes/extend/reference.ts', 'nodes/extend/place.ts'],
		tests: ['test/unit/reference.test.ts', 'test/unit/place.test.ts'],
	},
	{
		name: 'addresses',
		mutate: ['nodes/extend/publicAddress.ts'],
		tests: ['test/unit/publicAddress.test.ts'],
	},
	{ name: 'events', mutate: ['nodes/extend/events.ts'], tests: ['test/unit/events.test.ts'] },
	{
		name: 'error-items',
		mutate: ['nodes/extend/errorItems.ts'],
		tests: ['test/unit/errorItems.test.ts'],
	},
	{
		name: 'failures',
		mutate: ['nodes/extend/failure.ts', 'nodes/extend/readFailure.ts'],
		tests: ['test/unit/failure.test.ts'],
	},
	{ name: 'secrets', mutate: ['nodes/extend/secrets.ts'], tests: ['test/unit/secrets.test.ts'] },
	{
		name: 'waiting',
		mutate: ['nodes/extend/standing.ts', 'nodes/extend/waitForBatches.ts'],
		tests: ['test/unit/waitForBatches.test.ts'],
	},
	{
		name: 'client',
		mutate: [
			'nodes/extend/client.ts',
			'nodes/extend/transport.ts',
			'nodes/extend/turnstile.ts',
			'nodes/extend/clock.ts',
		],
		tests: ['test/unit/client.test.ts', 'test/unit/clock.test.ts'],
	},
	{
		name: 'batches',
		mutate: ['nodes/ExtendBatchRunWorkflow/submit/batches.ts'],
		tests: ['test/unit/batches.test.ts'],
	},
	{
		name: 'bad-inputs',
		mutate: ['nodes/ExtendBatchRunWorkflow/submit/badInputs.ts'],
		tests: ['test/unit/badInputs.test.ts', 'test/unit/submission.test.ts'],
	},
	{
		name: 'journal',
		mutate: [
			'nodes/ExtendBatchRunWorkflow/submit/journal.ts',
			'nodes/ExtendBatchRunWorkflow/submit/claims.ts',
		],
		tests: ['test/unit/tries.test.ts', 'test/nodes/secondTries.test.ts'],
	},
	{
		name: 'look-up',
		mutate: ['nodes/ExtendBatchRunWorkflow/submit/lookup.ts'],
		tests: ['test/unit/submission.test.ts', 'test/unit/tries.test.ts'],
	},
	{
		name: 'submission',
		mutate: [
			'nodes/ExtendBatchRunWorkflow/submit/sender.ts',
			'nodes/ExtendBatchRunWorkflow/submit/submitter.ts',
			'nodes/ExtendBatchRunWorkflow/submit/workflowCheck.ts',
		],
		tests: ['test/unit/submission.test.ts', 'test/unit/tries.test.ts'],
	},
	{
		name: 'joining',
		mutate: ['nodes/ExtendListRunsByBatch/joining.ts', 'nodes/ExtendListRunsByBatch/selection.ts'],
		tests: ['test/unit/joining.test.ts', 'test/unit/selection.test.ts'],
	},
	{
		name: 'registration',
		mutate: ['nodes/ExtendTrigger/registration.ts', 'nodes/ExtendTrigger/registration'],
		tests: ['test/nodes/triggerRegistration.test.ts'],
	},
	{
		name: 'finished-batch',
		mutate: [
			'nodes/ExtendTrigger/batches/progress.ts',
			'nodes/ExtendTrigger/batches/registry.ts',
			'nodes/ExtendTrigger/redeliveries.ts',
		],
		tests: [
			'test/unit/batchProgress.test.ts',
			'test/unit/batchRegistry.test.ts',
			'test/unit/redeliveries.test.ts',
		],
	},
];
