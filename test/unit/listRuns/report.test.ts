import type { IExecuteFunctions, INode } from 'n8n-workflow';

import { failureOf } from '../../../nodes/ExtendListRunsByBatch/report';
import type { CollectedBatch } from '../../../nodes/ExtendListRunsByBatch/job';
import { InputItems } from '../../../nodes/ExtendListRunsByBatch/inputItems';
import { toItems } from '../../../nodes/ExtendListRunsByBatch/items';
import { RunLinks } from '../../../nodes/ExtendListRunsByBatch/links';

const node: INode = {
	id: 'l1',
	name: 'List',
	type: 'n8n-nodes-extend-ai.extendListRunsByBatch',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** A batch for which the node waited, and of which no run ever came. */
const unseen = (joinInput: boolean, expectedRuns?: number): CollectedBatch => ({
	request: {
		batchId: 'batch_<1>',
		items: [3, 5],
		expectedRuns,
		settings: {
			output: 'summary',
			limit: null,
			statuses: [],
			fileNameContains: '',
			sortBy: 'createdAt',
			sortDirection: 'asc',
			expandList: '',
			joinInput,
			wait: { timeoutMinutes: 60, reviewCountsAsFinished: true, onTimeout: 'return' },
		},
	},
	standing: { runs: [], state: 'unseen', expectedRuns },
	runs: [],
});

describe('a batch that never showed a run', () => {
	it('ends the node with that reason and what to check', () => {
		const error = failureOf(node, [unseen(false, 1000)]);
		expect(error?.message).toBe('Extend shows no run of batch batch_<1> [item 3]');
		expect(error?.description).toContain('Check the ID');
		expect(error?.description).toContain('region and workspace');
	});

	it.each([false, true])('is an error item for each item that named it (joining: %s)', (joins) => {
		const inputs = new InputItems([]);
		const links = new RunLinks({} as IExecuteFunctions, inputs);
		const { items } = toItems([unseen(joins)], [], inputs, links);
		expect(items.map(({ json, pairedItem }) => [json.error, pairedItem])).toEqual(
			[3, 5].map((item) => ['Extend shows no run of batch batch_<1>', { item }]),
		);
		expect(items[0]?.json.details).toMatchObject({
			batchId: 'batch_<1>',
			description: expect.stringContaining('Check the ID') as string,
		});
	});
});
