/**
 * What safety rests on, and the suites that must notice when it changes. A mutant costs as long as the
 * tests that reach it, so each room names the few that speak about it, the quickest first.
 *
 * @type {Array<{ name: string, mutate: string[], tests: string[] }>}
 */
export const rooms = [
	{
		name: 'signature',
		mutate: ['nodes/ExtendTrigger/delivery/signature.ts'],
		tests: ['test/unit/trigger/signature.test.ts'],
	},
	{
		name: 'retry',
		mutate: ['nodes/extend/client/retry.ts'],
		tests: ['test/unit/client/retry.test.ts'],
	},
	{
		name: 'reference',
		mutate: ['nodes/extend/runs/reference.ts', 'nodes/extend/runs/place.ts'],
		tests: ['test/unit/runs/reference.test.ts', 'test/unit/runs/place.test.ts'],
	},
	{
		name: 'addresses',
		mutate: ['nodes/extend/access/publicAddress.ts'],
		tests: ['test/unit/access/publicAddress.test.ts'],
	},
	{
		name: 'events',
		mutate: ['nodes/extend/api/events.ts'],
		tests: ['test/unit/api/events.test.ts'],
	},
	{
		name: 'error-items',
		mutate: ['nodes/items/errorItems.ts'],
		tests: ['test/unit/items/errorItems.test.ts'],
	},
	{
		name: 'failures',
		mutate: ['nodes/extend/failures/failure.ts', 'nodes/extend/failures/readFailure.ts'],
		tests: ['test/unit/failures/failure.test.ts'],
	},
	{
		name: 'secrets',
		mutate: ['nodes/extend/failures/secrets.ts'],
		tests: ['test/unit/failures/secrets.test.ts'],
	},
	{
		name: 'waiting',
		mutate: [
			'nodes/extend/runs/size.ts',
			'nodes/extend/runs/standing.ts',
			'nodes/ExtendListRunsByBatch/collect/waitForBatches.ts',
		],
		tests: ['test/unit/runs/standing.test.ts', 'test/unit/listRuns/waitForBatches.test.ts'],
	},
	{
		name: 'single-runs',
		mutate: ['nodes/Extend/waiting'],
		tests: ['test/unit/extend/runWatch.test.ts'],
	},
	{
		name: 'client',
		mutate: [
			'nodes/extend/client/client.ts',
			'nodes/extend/client/bounds.ts',
			'nodes/extend/client/transport.ts',
			'nodes/extend/client/queue.ts',
			'nodes/extend/client/clock.ts',
		],
		tests: ['test/unit/client/client.test.ts', 'test/unit/client/clock.test.ts'],
	},
	{
		name: 'batches',
		mutate: ['nodes/submit/batches.ts'],
		tests: ['test/unit/batchRun/batches.test.ts'],
	},
	{
		name: 'bad-inputs',
		mutate: ['nodes/submit/badInputs.ts'],
		tests: ['test/unit/batchRun/badInputs.test.ts', 'test/unit/batchRun/badInputSearch.test.ts'],
	},
	{
		name: 'journal',
		mutate: ['nodes/submit/journal.ts', 'nodes/submit/claims.ts'],
		tests: [
			'test/unit/batchRun/journal.test.ts',
			'test/unit/batchRun/claims.test.ts',
			'test/unit/batchRun/tries.test.ts',
		],
	},
	{
		name: 'look-up',
		mutate: ['nodes/submit/lookup.ts', 'nodes/extend/runs/creation.ts'],
		tests: ['test/unit/batchRun/lookup.test.ts'],
	},
	{
		name: 'submission',
		mutate: [
			'nodes/submit/sender.ts',
			'nodes/submit/submitter.ts',
			'nodes/submit/workflowCheck.ts',
		],
		tests: [
			'test/unit/batchRun/recall.test.ts',
			'test/unit/batchRun/sending.test.ts',
			'test/unit/batchRun/submission.test.ts',
			'test/unit/batchRun/tries.test.ts',
		],
	},
	{
		name: 'joining',
		mutate: [
			'nodes/ExtendListRunsByBatch/collect/joining.ts',
			'nodes/ExtendListRunsByBatch/collect/selection.ts',
		],
		tests: ['test/unit/listRuns/joining.test.ts', 'test/unit/listRuns/selection.test.ts'],
	},
	{
		name: 'registration',
		mutate: ['nodes/ExtendTrigger/registration', 'nodes/extend/api/webhooks.ts'],
		tests: ['test/unit/trigger/registration.test.ts', 'test/nodes/trigger/registration.test.ts'],
	},
	{
		name: 'finished-batch',
		mutate: [
			'nodes/ExtendTrigger/batches/progress.ts',
			'nodes/ExtendTrigger/batches/registry.ts',
			'nodes/ExtendTrigger/redeliveries.ts',
		],
		tests: [
			'test/unit/trigger/batchProgress.test.ts',
			'test/unit/trigger/batchRegistry.test.ts',
			'test/unit/trigger/redeliveries.test.ts',
		],
	},
	{
		name: 'job-key',
		mutate: ['nodes/ExtendBatchRunWorkflow/jobKey'],
		tests: [
			'test/unit/jobKey/jobTakeOver.test.ts',
			'test/unit/jobKey/identity.test.ts',
			'test/unit/jobKey/signedUrls.test.ts',
			'test/unit/jobKey/submissionIds.test.ts',
			'test/unit/jobKey/takeOver.test.ts',
		],
	},
	{
		name: 'polling',
		mutate: ['nodes/ExtendPollingTrigger/watch'],
		tests: [
			'test/unit/polling/watermark.test.ts',
			'test/unit/polling/watchRules.test.ts',
			'test/unit/polling/openBatches.test.ts',
			'test/unit/polling/watch.test.ts',
		],
	},
];
