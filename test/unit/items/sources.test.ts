import type { IExecuteFunctions } from 'n8n-workflow';

import { rememberSource, sourceOf } from '../../../nodes/items/sources';

const LIST = { previousNode: 'List Documents', previousNodeOutput: 1, previousNodeRun: 2 };

/** An execution; each node asks for its own input. */
function execution(source: () => object | undefined = () => LIST) {
	const flow = {};
	return {
		flow,
		node: {
			getContext: () => flow,
			getInputSourceData: source,
		} as unknown as IExecuteFunctions,
	};
}

const numbered = (count: number) => Array.from({ length: count }, (_, index) => `batch_${index}`);

test('tells the source of the batches that were submitted', () => {
	const { node } = execution();
	rememberSource(node, [], ['batch_a']);
	expect(sourceOf(node, 'batch_a', 0)).toEqual(LIST);
	expect(sourceOf(node, 'batch_b', 0)).toBeUndefined();
	expect(sourceOf(node, 'toString', 0)).toBeUndefined();
});

test('what n8n leaves out is the first output of the first run', () => {
	const { node } = execution(() => ({ previousNode: 'Code' }));
	rememberSource(node, [], ['batch_a']);
	expect(sourceOf(node, 'batch_a', 0)).toEqual({
		previousNode: 'Code',
		previousNodeOutput: 0,
		previousNodeRun: 0,
	});
});

test.each<[string, () => object | undefined]>([
	['says nothing', () => undefined],
	[
		'refuses',
		() => {
			throw new Error('Source data is missing');
		},
	],
])('no link where n8n %s, as for a tool of an agent', (_how, source) => {
	const { node, flow } = execution(source);
	rememberSource(node, [], ['batch_a']);
	expect(sourceOf(node, 'batch_a', 0)).toBeUndefined();
	expect(flow).toEqual({});
});

test('what is kept in the execution has a bound: the newest thousand batches', () => {
	const { node, flow } = execution();
	for (const batchId of numbered(1_200)) rememberSource(node, [], [batchId]);
	expect(sourceOf(node, 'batch_199', 0)).toBeUndefined();
	expect(sourceOf(node, 'batch_200', 0)).toBeDefined();
	expect(sourceOf(node, 'batch_1199', 0)).toBeDefined();
	expect(Object.keys(Object.values(flow)[0]!)).toHaveLength(1_000);
});
