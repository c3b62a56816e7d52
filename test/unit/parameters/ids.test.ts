import fc from 'fast-check';

import { ComplaintError } from '../../../nodes/parameters/checks';
import { readId, readIds, workflowIdOf } from '../../../nodes/parameters/ids';
import type { IdKind } from '../../../nodes/parameters/ids';

const IDS = {
	workflow: 'workflow_BMdfq_yWM3sT-ZzvCnA3f',
	batch: 'batch_7Ws31-F5',
	file: 'file_xK9mLPqRtN3vS8wF5hB2cQ',
};
const KINDS = Object.keys(IDS) as Array<keyof typeof IDS>;

function complaintAbout(value: unknown, kind: IdKind): { problem: string; advice: string } {
	try {
		readId(value, 'ID', kind);
	} catch (error) {
		if (error instanceof ComplaintError) return error;
		throw error;
	}
	throw new Error(`${String(value)} was taken`);
}

describe.each(KINDS)('the ID of a %s', (kind) => {
	const id = IDS[kind];

	it.each([
		id,
		` ${id}\r\n`,
		`\ufeff${id}\u200b`,
		`"${id}"`,
		` ' ${id} '`,
		`https://dashboard.extend.ai/somewhere/${id}`,
		`https://dashboard.eu1.extend.ai/ws_1/somewhere/${id}/edit?tab=1#top`,
		`https://dashboard.us2.extend.app/somewhere?${kind}Id=${id}&workspace=ws_1`,
		`dashboard.extend.ai/somewhere/${id}`,
	])('is read out of %j', (given) => {
		expect(readId(given, 'ID', kind)).toBe(id);
	});

	it('may be of a form that is not known yet', () => {
		const anyId = fc.stringMatching(/^new[0-9]_[A-Za-z0-9_.:~-]{1,24}$/);
		fc.assert(
			fc.property(anyId, (given) => {
				expect(readId(given, 'ID', kind)).toBe(given);
			}),
		);
	});

	it.each([undefined, null, '', ' \u200b', '""'])('is none in %j', (given) => {
		expect(readId(given, 'ID', kind)).toBe('');
	});

	it.each([
		[`${id}\n${id}2`, /contains several IDs/],
		[`${id}, ${id}2`, /contains several IDs/],
		[`${id};${id}2`, /contains several IDs/],
		[`${id} ${id}2`, /contains several IDs/],
		[`${id} draft`, /has a space/],
		[`["${id}"]`, /is JSON/],
		[`{"id":"${id}"}`, /is JSON/],
		['[object Object]', /is JSON/],
		[[id], /is a list/],
		[{ id }, /is an object/],
		[`${id.slice(0, 8)}\u200b${id.slice(8)}`, /an invisible character in it \(U\+200B\)/],
		[`${id.slice(0, 8)}–${id.slice(8)}`, /the character – in it/],
		[`${id}?tab=1`, /the character \? in it/],
		[`<${id}>`, /the character < in it/],
		[`#${id}`, /the character # in it/],
		[`${id}.`, /the character \. in it/],
		[`${id}.pdf`, /the character \. in it/],
		...['.', '..', '-', 'and', 'NaN', 'none', 'invoice.pdf'].map((word): [string, RegExp] => [
			word,
			/is not an ID/,
		]),
		['undefined', /is not an ID/],
		['null', /is not an ID/],
		[`${kind}_`, /is not an ID/],
		['https://dashboard.extend.ai/', /a URL without/],
		['https://dashboard.extend.ai/runs/workflow_run_1', /a URL without/],
		['www.example.com/a.pdf', /a URL without/],
		['workflow_run_1', /the ID of a single run/],
		['workflow_step_run_1', /the ID of a step/],
		['workflow_version_1', /the ID of a version/],
		['bpr_1', /the ID of a batch of single/],
		['bpar_1', /the ID of a batch of parse/],
		...['exr_1', 'clr_1', 'splr_1', 'pr_1', 'edr_1', 'sgr_1', 'evr_1'].map(
			(run): [string, RegExp] => [run, /the ID of a single run of a processor/],
		),
		['ex_1', /the ID of an extractor/],
		...['cl_1', 'cls_1'].map((id): [string, RegExp] => [id, /the ID of a classifier/]),
		...['spl_1', 'sp_1'].map((id): [string, RegExp] => [id, /the ID of a splitter/]),
		['exv_1', /the ID of a version/],
		['wh_1', /the ID of a webhook/],
		['whes_1', /the ID of a webhook/],
		['ws_1', /the ID of a workspace/],
		['edt_1', /the ID of a template/],
		...KINDS.filter((other) => other !== kind).map((other): [string, RegExp] => [
			IDS[other],
			/the ID of/,
		]),
	])('is not %j', (given, problem) => {
		const complaint = complaintAbout(given, kind);
		expect(complaint.problem).toMatch(problem);
		expect(complaint.advice).not.toBe('');
	});

	it.each(['sk_live_1234', 'xt_1234', 'wss_1234', 'Bearer sk_1234', 'key:sk_1234', '<sk_1234>'])(
		'is not %s, which is not repeated',
		(secret) => {
			const { problem, advice } = complaintAbout(secret, kind);
			expect(problem + advice).toContain('secret');
			expect(problem + advice).not.toContain('1234');
		},
	);
});

it.each([
	['extractor', 'ex_1', ['cl_1', 'spl_1', 'exr_1', 'exv_1', 'workflow_1']],
	['classifier', 'cl_1', ['ex_1', 'spl_1', 'clr_1', 'clv_1', 'file_1']],
	['splitter', 'spl_1', ['ex_1', 'cl_1', 'splr_1', 'splv_1', 'batch_1']],
] as const)('the ID of one %s is not that of another thing', (kind, id, others) => {
	expect(readId(id, 'Processor', kind)).toBe(id);
	expect(readId(`https://dashboard.extend.ai/${kind}s/${id}`, 'Processor', kind)).toBe(id);
	for (const other of others) expect(complaintAbout(other, kind).problem).toMatch(/the ID of/);
	expect(complaintAbout('https://dashboard.extend.ai/', kind).problem).toMatch(
		kind === 'extractor' ? /without an extractor ID/ : /without a /,
	);
});

it('reads a file ID out of an address of Extend only, because a document may be called like one', () => {
	for (const address of [
		'https://example.com/scans/file_2024.pdf',
		'https://example.com/file_2024',
		'https://files.not-extend.ai/file_2024',
		'https://example.com/?from=https://dashboard.extend.ai/file_2024',
	]) {
		expect(complaintAbout(address, 'file').advice).toContain('set Source to URL');
	}
	expect(complaintAbout('https://api.extend.ai/?a=file_1&b=file_2', 'file').problem).toContain(
		'more than one',
	);
});

it('takes no part of a word for the ID of a workflow', () => {
	expect(workflowIdOf('https://example.com/my-workflow_abc')).toBeUndefined();
	expect(workflowIdOf('https://example.com/my-workflow_abc/workflow_1')).toBe('workflow_1');
});

it.each([
	'batch_1, batch_2',
	'batch_1;batch_2',
	'batch_1\nbatch_2\n',
	'batch_1 batch_2 batch_1',
	'["batch_1", "batch_2"]',
	'"batch_1" "batch_2"',
	['batch_1', ' batch_2'],
	['batch_1,batch_2', null],
])('reads a list of IDs from %j', (given) => {
	expect(readIds(given, 'IDs', 'batch')).toEqual(['batch_1', 'batch_2']);
});

it('takes the ID of any batch where it may be any', () => {
	const given = 'batch_1; bpr_1 https://dashboard.extend.ai/runs?batchId=bpar_1';
	expect(readIds(given, 'IDs', 'anyBatch')).toEqual(['batch_1', 'bpr_1', 'bpar_1']);
	expect(complaintAbout('workflow_1', 'anyBatch').problem).toContain('the ID of a workflow');
});

it('refuses a list with something else in it', () => {
	expect(() => readIds('batch_1, workflow_run_1', 'IDs', 'batch')).toThrow(/ID of a single run/);
});
