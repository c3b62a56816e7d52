import type { INodeExecutionData } from 'n8n-workflow';

import { errorItem, forErrorBranch, routesDetails } from '../../nodes/extend/errorItems';

const good: INodeExecutionData = { json: { batchId: 'batch_1' }, pairedItem: { item: 0 } };
const bad = errorItem(3, 'The document was not submitted', {
	description: 'Extend says no.',
	httpCode: 400,
	requestId: 'req_1',
});
const BRANCH = { onError: 'continueErrorOutput' } as const;

describe('routesDetails', () => {
	test('needs a new n8n, not only a new n8n-workflow', () => {
		expect(routesDetails({ isConsoleOutputRedacted: () => false })).toBe(true);
		expect(routesDetails({ getNode: () => ({}) })).toBe(false);
	});
});

describe('forErrorBranch', () => {
	test('puts the details into words where n8n would not send them to the error branch', () => {
		expect(forErrorBranch([good, bad], BRANCH, false)).toEqual([
			good,
			{
				json: {
					error: 'The document was not submitted',
					message: 'Extend says no. Item 3, httpCode: 400, requestId: req_1',
				},
				pairedItem: { item: 3 },
			},
		]);
		expect(forErrorBranch([errorItem(0, 'No', {})], BRANCH, false)[0]?.json).toEqual({
			error: 'No',
			message: 'Item 0.',
		});
	});

	test('leaves them alone where there is no such branch, or n8n knows them', () => {
		for (const onError of ['continueRegularOutput', 'stopWorkflow', undefined] as const) {
			expect(forErrorBranch([good, bad], { onError }, false)).toEqual([good, bad]);
		}
		expect(forErrorBranch([good, bad], BRANCH, true)).toEqual([good, bad]);
	});
});
