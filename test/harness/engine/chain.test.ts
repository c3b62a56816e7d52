import type { INodeExecutionData, INodeType } from 'n8n-workflow';

import { START, runChain } from '.';

/** A node that does something with all its items. */
function node(
	name: string,
	work: (items: INodeExecutionData[]) => INodeExecutionData[],
): INodeType {
	return {
		description: {
			displayName: name,
			name,
			group: ['transform'],
			version: 1,
			description: name,
			defaults: { name },
			inputs: ['main'],
			outputs: ['main'],
			properties: [],
		},
		async execute() {
			return [work(this.getInputData())];
		},
	};
}

const items = [0, 1, 2].map((id) => ({ json: { id } }));

const failFirst = node('failFirst', (all) =>
	all.map(({ json }, item) => ({
		json: item === 0 ? { error: 'bad', message: '' } : json,
		pairedItem: { item },
	})),
);

const seen: INodeExecutionData[][] = [];
const look = node('look', (all) => {
	seen.push(structuredClone(all));
	return all;
});

beforeEach(() => {
	seen.length = 0;
});

it('hands items from node to node, also from the error output', async () => {
	const { status, nodes } = await runChain({
		items,
		nodes: {
			First: { node: failFirst, from: [START], onError: 'continueErrorOutput' },
			Good: { node: look, from: ['First'] },
			Bad: { node: look, from: [['First', 1]] },
		},
	});
	expect(status).toBe('success');
	expect(nodes.Good?.outputs[0]?.map(({ json }) => json.id)).toEqual([1, 2]);
	expect(nodes.Bad?.outputs[0]).toHaveLength(1);
	// n8n numbers the links of what arrives by the place in this input; they prove nothing.
	expect(seen[0]?.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
});

it('takes the output of a pinned node as it is', async () => {
	const { nodes } = await runChain({
		items,
		pinData: { First: [{ json: { pinned: true } }] },
		nodes: { First: { node: failFirst, from: [START] }, Then: { node: look, from: ['First'] } },
	});
	expect(nodes.Then?.outputs[0]?.map(({ json }) => json)).toEqual([{ pinned: true }]);
});

it('tells which error ended the execution, and what each node had done before', async () => {
	const failing = node('failing', () => {
		throw new Error('No more');
	});
	const { status, error, nodes } = await runChain({
		items,
		nodes: { First: { node: look, from: [START] }, Then: { node: failing, from: ['First'] } },
	});
	expect(status).toBe('error');
	expect(error?.message).toBe('No more');
	expect(nodes.First?.outputs[0]).toHaveLength(3);
});
