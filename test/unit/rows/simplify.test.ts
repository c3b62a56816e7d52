import fc from 'fast-check';

import { expandRun, simplifyRun } from '../../../nodes/extend/rows/simplify';
import type { WorkflowRun } from '../../../nodes/extend/api/types';

/** A run as Extend may send it; the type leaves out what the wire does not. */
const run = (fields: object): WorkflowRun => ({ id: 'workflow_run_1', ...fields });

const extract = (name: string | null, value: unknown, more: object = {}) => ({
	stepType: 'EXTRACT',
	step: { name, type: 'EXTRACT' },
	result: { extractRun: { output: { value }, reviewedOutput: null, ...more } },
});

const BASE = {
	runId: 'workflow_run_1',
	status: null,
	failureReason: null,
	fileName: null,
	itemIndex: null,
	fileId: null,
	batchId: null,
	workflowId: null,
	workflowName: null,
	version: null,
	startTime: null,
	endTime: null,
	dashboardUrl: null,
};

it('makes one flat row, values under the names of their steps', () => {
	const row = simplifyRun(
		run({
			status: 'PROCESSED',
			batchId: 'batch_1',
			workflow: { id: 'workflow_1', name: 'Invoices' },
			workflowVersion: { version: '3' },
			dashboardUrl: 'https://dashboard.extend.ai/workflows/workflow_run_1',
			files: [{ id: 'file_1', name: 'a.pdf' }, { id: 'file_2' }],
			startTime: '2026-04-28T17:01:40.000Z',
			endTime: '2026-04-28T17:02:10.000Z',
			metadata: { customer: 'C-1', 'extend:usage_tags': ['q4', 'north'], n8n: { item: 7, of: 9 } },
			stepRuns: [
				{ stepType: 'PARSE', step: { name: 'parse' }, result: { parseRun: {} } },
				{
					step: { name: 'classify', type: 'CLASSIFY' },
					result: { classifyRun: { output: { id: 'c', type: 'invoice', confidence: 0.9 } } },
				},
				extract('extract', {
					total: { amount: 12.5, currency: 'EUR' },
					line_items: [{ name: 'Pen' }],
					paid: null,
					notes: {},
					parts: [],
				}),
				{
					stepType: 'SPLIT',
					step: { name: 'split' },
					result: {
						splitRun: {
							output: { splits: [{ type: 'invoice', startPage: 1, endPage: 2, observation: '…' }] },
						},
					},
				},
			],
		}),
	);
	expect(row).toEqual({
		runId: 'workflow_run_1',
		status: 'PROCESSED',
		failureReason: null,
		fileName: 'a.pdf',
		itemIndex: 7,
		'metadata.customer': 'C-1',
		'metadata.extend:usage_tags': 'q4, north',
		'classify.type': 'invoice',
		'classify.confidence': 0.9,
		'extract.total.amount': 12.5,
		'extract.total.currency': 'EUR',
		'extract.line_items': '[{"name":"Pen"}]',
		'extract.paid': null,
		'extract.notes': null,
		'extract.parts': null,
		'split.count': 1,
		'split.splits':
			'[{"type":"invoice","identifier":null,"startPage":1,"endPage":2,"fileId":null,"name":null}]',
		fileId: 'file_1',
		batchId: 'batch_1',
		workflowId: 'workflow_1',
		workflowName: 'Invoices',
		version: '3',
		startTime: '2026-04-28T17:01:40.000Z',
		endTime: '2026-04-28T17:02:10.000Z',
		dashboardUrl: 'https://dashboard.extend.ai/workflows/workflow_run_1',
	});
});

it('takes what a person corrected, and keeps steps of one name apart', () => {
	const row = simplifyRun(
		run({
			stepRuns: [
				extract('extract', { total: 1 }, { reviewedOutput: { value: { total: 2 } } }),
				extract('extract', { total: 3 }),
				extract('extract (2)', { total: 4 }),
				extract('metadata', { total: 5 }),
				extract(null, { total: 6 }),
			],
			metadata: { total: 0 },
		}),
	);
	expect(row).toMatchObject({
		'metadata.total': 0,
		'extract.total': 2,
		'extract (2).total': 3,
		'extract (2) (2).total': 4,
		'metadata (2).total': 5,
		'extract (3).total': 6,
	});
});

it('keeps a key n8n that is not the reference', () => {
	const row = simplifyRun(run({ metadata: { n8n: { item: 'mine' } } }));
	expect(row).toMatchObject({ itemIndex: null, 'metadata.n8n.item': 'mine' });
});

it.each(['EXTRACT', 'CONDITIONAL_EXTRACT', 'MERGE_EXTRACT', 'SOME_NEW_EXTRACT'])(
	'reads %s with the old and the new discriminator',
	(type) => {
		const result = { mergedExtractors: [], extractRun: { output: { value: { a: 1 } } } };
		for (const step of [
			{ stepType: type, step: { name: 'x' }, result },
			{ step: { name: 'x', type }, result },
		]) {
			expect(simplifyRun(run({ stepRuns: [step] }))).toMatchObject({ 'x.a': 1 });
		}
	},
);

it('reads the flat shape of old extractors', () => {
	const stepRuns = [
		{ step: { name: 'x' }, result: { extractRun: { output: { total: { value: 3 } } } } },
	];
	expect(simplifyRun(run({ stepRuns }))).toMatchObject({ 'x.total.value': 3 });
});

describe('the reason of a failure is in words', () => {
	it.each([
		[
			{ failureReason: 'FAILED_TO_PROCESS_FILE', failureMessage: 'No answer' },
			'Failed to process file: No answer',
		],
		[{ failureReason: 'INTERNAL_ERROR', failureMessage: 'Internal error.' }, 'Internal error.'],
		[{ failureReason: 'OUT_OF_CREDITS' }, 'Out of credits'],
		[{ failureReason: 'something new' }, 'something new'],
		[{ failureMessage: 'No answer' }, 'No answer'],
		[{ status: 'REJECTED', rejectionNote: 'Blurred' }, 'Rejected in review: Blurred'],
		[{ status: 'REJECTED' }, 'Rejected in review'],
		[{ status: 'FAILED', stepRuns: null }, null],
		[
			{
				status: 'FAILED',
				stepRuns: [
					{ result: null },
					{ result: { extractRun: { output: null, failureReason: 'PARSING_ERROR' } } },
				],
			},
			'Parsing error',
		],
		[{ status: 'CANCELLED' }, null],
	])('%j', (fields, words) => {
		expect(simplifyRun(run(fields)).failureReason).toBe(words);
	});
});

it('breaks on nothing that is null, missing or new, and never has a key error', () => {
	const nothing = [
		{},
		{ metadata: null, stepRuns: null, files: null, workflow: null, workflowVersion: null },
		{ metadata: {}, stepRuns: [], files: [null] },
		{ stepRuns: [null, {}, { result: null, step: null }, { result: { newRun: {} } }] },
		{ stepRuns: [{ stepType: 'EXTRACT', step: { name: 'e' }, result: { extractRun: {} } }] },
		{ stepRuns: [extract('e', null)] },
		{ stepRuns: [{ step: { name: 's' }, result: { extractRun: null, splitRun: null } }] },
	];
	for (const fields of nothing) {
		expect(simplifyRun(run(fields))).toEqual(BASE);
	}
	const row = simplifyRun(
		run({
			status: 'SOME_NEW_STATUS',
			metadata: { error: 'mine' },
			stepRuns: [extract('error', { error: 'x' }), { ...extract('s', {}), stepType: null }],
		}),
	);
	expect(row).toMatchObject({ status: 'SOME_NEW_STATUS', 'error.error': 'x' });
	expect(row).not.toHaveProperty(['error']);
});

describe('no value gets lost', () => {
	it('when a name with a dot is also a name within a name', () => {
		const value = { 'total.net': 1, total: { net: 2, 'net (2)': 3 }, 'a.b': 4, a: { b: [5] } };
		const row = simplifyRun(run({ metadata: value, stepRuns: [extract('x', value)] }));
		for (const place of ['metadata', 'x']) {
			expect(row).toMatchObject({
				[`${place}.total.net`]: 1,
				[`${place}.total.net (2)`]: 2,
				[`${place}.total.net (2) (2)`]: 3,
				[`${place}.a.b`]: 4,
				[`${place}.a.b (2)`]: '5',
			});
		}
	});

	it('when the names of steps and fields meet', () => {
		const row = simplifyRun(
			run({
				metadata: { 'x.total': 0 },
				stepRuns: [
					extract('a', { 'b.c': 1 }),
					extract('a.b', { c: 2 }),
					extract('metadata.x', { total: 3 }),
				],
			}),
		);
		expect(row).toMatchObject({
			'metadata.x.total': 0,
			'a.b.c': 1,
			'a.b.c (2)': 2,
			'metadata.x.total (2)': 3,
		});
	});

	it('whatever the names are: as many columns as values', () => {
		const name = fc.constantFrom('a', 'b', 'a.b', 'b.a', 'a (2)', 'a.b (2)', '', '.', '__proto__');
		const { value: tree } = fc.letrec((tie) => ({
			value: fc.oneof(
				{ maxDepth: 3 },
				fc.nat({ max: 9 }),
				fc.constant(null),
				fc.constant({}),
				fc.uniqueArray(fc.nat()),
				fc
					.uniqueArray(fc.tuple(name, tie('value')), { selector: ([key]) => key })
					.map((entries) => Object.fromEntries(entries) as unknown),
			),
		}));
		const trees = fc
			.uniqueArray(fc.tuple(name, tree), { selector: ([key]) => key })
			.map((entries) => Object.fromEntries(entries));
		const leaves = (value: unknown): number =>
			typeof value !== 'object' || value === null || Array.isArray(value)
				? 1
				: Object.values(value).reduce<number>((sum, part) => sum + leaves(part), 0) ||
					(Object.keys(value).length === 0 ? 1 : 0);
		const topLeaves = (value: object) => (Object.keys(value).length === 0 ? 0 : leaves(value));
		fc.assert(
			fc.property(
				trees,
				fc.array(fc.tuple(fc.constantFrom('a', 'a.b', 'metadata', 'metadata.a', 'runId'), trees), {
					maxLength: 4,
				}),
				(metadata, steps) => {
					const stepRuns = steps.map(([stepName, value]) => extract(stepName, value));
					const row = simplifyRun(run({ metadata, stepRuns }));
					const wanted = steps.reduce(
						(sum, [, value]) => sum + topLeaves(value),
						topLeaves(metadata),
					);
					expect(Object.keys(row)).toHaveLength(Object.keys(BASE).length + wanted);
					expect(row.runId).toBe('workflow_run_1');
				},
			),
		);
	});
});

describe('how sure Extend is', () => {
	const scored = (metadata: unknown, more: object = {}) =>
		simplifyRun(
			run({
				stepRuns: [
					extract('extract', undefined, { output: { value: { total: 1 }, metadata }, ...more }),
				],
			}),
		);
	const columns = (metadata: unknown, more: object = {}) =>
		Object.fromEntries(
			Object.entries(scored(metadata, more)).filter(([key]) => key.includes('lowest')),
		);

	it.each<[string, unknown, number | null, string | null]>([
		['the OCR', { a: { ocrConfidence: 0.5, logprobsConfidence: 0.9 } }, 0.5, 'a'],
		['the log-probability', { a: { ocrConfidence: 0.9, logprobsConfidence: 0.4 } }, 0.4, 'a'],
		['one that is zero', { a: { ocrConfidence: 1 }, b: { ocrConfidence: 0 } }, 0, 'b'],
		[
			'a field within a list',
			{ total: { ocrConfidence: 0.9 }, 'items[1].net': { ocrConfidence: 0.3, citations: [] } },
			0.3,
			'items[1].net',
		],
		['the first of equal ones', { a: { ocrConfidence: 1 }, b: { ocrConfidence: 1 } }, 1, 'a'],
		[
			'none where all are null',
			{ a: { ocrConfidence: null, logprobsConfidence: null } },
			null,
			null,
		],
		['none where nothing is told', {}, null, null],
		['what is a number only', { a: { ocrConfidence: '0.1' }, b: null, c: [0.1] }, null, null],
	])('is the lowest: %s', (_what, metadata, lowestConfidence, lowestConfidenceField) => {
		expect(columns(metadata)).toEqual({
			'extract.lowestConfidence': lowestConfidence,
			'extract.lowestConfidenceField': lowestConfidenceField,
		});
	});

	it('has the score of the Review Agent beside it, where that was on', () => {
		const metadata = {
			a: { ocrConfidence: 0.2, reviewAgentScore: 5 },
			b: { ocrConfidence: 0.9, reviewAgentScore: 2 },
			c: { ocrConfidence: 0.9, reviewAgentScore: null },
		};
		expect(columns(metadata)).toEqual({
			'extract.lowestConfidence': 0.2,
			'extract.lowestConfidenceField': 'a',
			'extract.lowestReviewScore': 2,
			'extract.lowestReviewScoreField': 'b',
		});
	});

	it('is told of the output that counts', () => {
		const reviewedOutput = { value: { total: 2 }, metadata: { total: { ocrConfidence: 1 } } };
		expect(columns({ total: { ocrConfidence: 0.1 } }, { reviewedOutput })).toMatchObject({
			'extract.lowestConfidence': 1,
		});
	});

	it('stands behind the values, and takes no column from a field of that name', () => {
		const output = { value: { lowestConfidence: 'mine' }, metadata: { a: { ocrConfidence: 0.7 } } };
		const row = simplifyRun(run({ stepRuns: [extract('extract', undefined, { output })] }));
		expect(row).toMatchObject({
			'extract.lowestConfidence': 'mine',
			'extract.lowestConfidence (2)': 0.7,
		});
	});

	it('is not told where an extractor of old has none', () => {
		const value = { total: 1 };
		const row = simplifyRun(run({ stepRuns: [extract('extract', value)] }));
		expect(Object.keys(row).filter((key) => key.includes('lowest'))).toEqual([]);
	});
});

describe('a list of which each entry becomes a row', () => {
	const invoice = (lineItems: unknown) =>
		run({ stepRuns: [extract('extract', { total: 3, line_items: lineItems })] });

	it('stands beside the other columns, in its place', () => {
		const items = [
			{ name: 'Pen', prices: { net: 1 } },
			{ name: 'Ink', tags: ['a', 'b'] },
		];
		const { rows, lists } = expandRun(invoice(items), 'extract.line_items');
		expect(rows).toEqual([
			{
				...BASE,
				'extract.total': 3,
				'extract.line_items.name': 'Pen',
				'extract.line_items.prices.net': 1,
			},
			{
				...BASE,
				'extract.total': 3,
				'extract.line_items.name': 'Ink',
				'extract.line_items.tags': 'a, b',
			},
		]);
		expect(lists).toEqual(['extract.line_items']);
	});

	it.each<[string, unknown, unknown[]]>([
		['plain values', ['a', 'b'], ['a', 'b']],
		['an entry that is null', ['a', null], ['a', null]],
		['lists within', [['a', 'b'], []], ['a, b', null]],
		['nothing', [], [null]],
		['no list', 'one', ['one']],
		['null', null, [null]],
	])('may hold %s', (_what, value, expected) => {
		const { rows } = expandRun(invoice(value), 'extract.line_items');
		expect(rows.map((row) => row['extract.line_items'])).toEqual(expected);
	});

	it('is told where it is another one', () => {
		const { rows, lists } = expandRun(invoice([1, 2]), 'extract.items');
		expect(rows).toEqual([simplifyRun(invoice([1, 2]))]);
		expect(lists).toEqual(['extract.line_items']);
	});

	it('loses no entry and no column, whatever it holds', () => {
		fc.assert(
			fc.property(fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 6 }), (entries) => {
				const { rows } = expandRun(invoice(entries), 'extract.line_items');
				expect(rows).toHaveLength(Math.max(1, entries.length));
				const single = (entry: unknown) => simplifyRun(invoice(entry));
				expect(rows).toEqual((entries.length === 0 ? [null] : entries).map(single));
			}),
		);
	});
});
