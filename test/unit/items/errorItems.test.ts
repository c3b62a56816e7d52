import type { INode, INodeExecutionData } from 'n8n-workflow';

import type { Complaint } from '../../../nodes/parameters/checks';
import {
	complaintItem,
	complaintsError,
	errorItem,
	forErrorBranch,
	routesDetails,
} from '../../../nodes/items/errorItems';

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

	test.each([
		{ error: { code: 1 }, details: { itemIndex: 0 } },
		{ error: 'No', details: 'words' },
		{ error: 'No' },
	])('leaves an item of another shape as it is: %j', (json) => {
		expect(forErrorBranch([{ json }], BRANCH, false)).toEqual([{ json }]);
	});

	test('leaves them alone where there is no such branch, or n8n knows them', () => {
		for (const onError of ['continueRegularOutput', 'stopWorkflow', undefined] as const) {
			expect(forErrorBranch([good, bad], { onError }, false)).toEqual([good, bad]);
		}
		expect(forErrorBranch([good, bad], BRANCH, true)).toEqual([good, bad]);
	});
});

const node: INode = {
	id: 'b1',
	name: 'Submit invoices',
	type: 'n8n-nodes-extend-ai.extendBatchRunWorkflow',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

const complaint = (itemIndex: number, problem = 'is empty', parameter = 'File URL'): Complaint => ({
	itemIndex,
	parameter,
	problem,
	advice: `Advice for ${problem}.`,
});

test('the item of a complaint names parameter, problem and item, and says what to do', () => {
	expect(complaintItem(complaint(7))).toEqual({
		json: {
			error: 'File URL is empty [item 7]',
			details: { itemIndex: 7, parameter: 'File URL', description: 'Advice for is empty.' },
		},
		pairedItem: { item: 7 },
	});
});

describe('the error for complaints', () => {
	const errorOf = (complaints: Complaint[], itemCount: number, sent?: string) => {
		const { message, description, context } = complaintsError(node, complaints, itemCount, sent);
		return { message, description, itemIndex: context.itemIndex as unknown };
	};

	test('names the one item', () => {
		const alone = {
			message: 'File URL is empty [item 4]',
			description: 'Advice for is empty. Nothing was sent to Extend.',
			itemIndex: 4,
		};
		expect(errorOf([complaint(4)], 9)).toEqual(alone);
		const only = { ...alone, message: 'File URL is empty [item 0]', itemIndex: 0 };
		expect(errorOf([complaint(0)], 1)).toEqual(only);
	});

	test('says of what all items have that they all have it, and names none', () => {
		const all = Array.from({ length: 1200 }, (_, item) => complaint(item));
		expect(errorOf(all, 1200)).toEqual({
			message: 'File URL is empty',
			description:
				'All 1,200 items have this problem. Advice for is empty. Nothing was sent to Extend.',
			itemIndex: undefined,
		});
		expect(errorOf(all.slice(1), 1200).message).toBe('File URL is empty [items 1–1199]');
	});

	test('puts equal complaints together, and tells of other ones behind', () => {
		const several = [
			complaint(1),
			complaint(2, 'is a list'),
			complaint(3),
			complaint(5, 'is empty', 'Text'),
		];
		expect(errorOf(several, 9)).toEqual({
			message: 'File URL is empty [items 1, 3]',
			description:
				'Advice for is empty. Also: File URL is a list [item 2]; Text is empty [item 5]. Nothing was sent to Extend.',
			itemIndex: 1,
		});
	});

	test('counts what it does not list', () => {
		const kinds = (count: number) =>
			Array.from({ length: count }, (_, item) => complaint(item, `is wrong in way ${item}`));
		const eleven = errorOf(kinds(11), 20).description;
		expect(eleven).toContain('way 10 [item 10]. Nothing');
		expect(eleven).not.toContain('more items');
		const many = errorOf([...kinds(13), complaint(19, 'is wrong in way 12')], 20).description;
		expect(many).toContain('way 10 [item 10]; and 3 more items. Nothing');
		expect(many).not.toContain('way 11');
	});

	test('says what was sent all the same, and keeps what others wrote text', () => {
		const { description } = errorOf([complaint(0, 'is <b>')], 2, 'Accepted: batch_1.');
		expect(description).toBe('Advice for is &lt;b&gt;. Accepted: batch_1.');
	});
});
