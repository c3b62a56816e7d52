/**
 * Any number of tries of the same node, with answers lost, refusals, looks that fail, and items that are
 * corrected or spoiled in between: no document becomes two runs, and what is said of each item is true.
 */
import fc from 'fast-check';
import type { IExecuteFunctions } from 'n8n-workflow';

import { ExtendClient } from '../../../nodes/extend/client/client';
import { Journal } from '../../../nodes/submit/journal';
import { batchRequest } from '../../../nodes/ExtendBatchRunWorkflow/batchRequest';
import { SubmissionIds } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/submissionIds';
import { BatchSubmitter } from '../../../nodes/submit/submitter';
import type { Claimant, RunInput } from '../../../nodes/submit/types';
import { WorkflowCheck } from '../../../nodes/submit/workflowCheck';
import { contextOf, ExtendInMemory, SETTINGS, type Verdict } from './extendInMemory';

const ITEMS = 12;

/** An item of a try: which version of its document it has, or that it is not valid. */
type Version = number | 'invalid';

interface Try {
	versions: Version[];
	fates: Array<'fine' | 'lostBefore' | 'lostAfter' | 'refused'>;
	mayLook: boolean;
	batchSize: number;
	onUnknownOutcome: 'resubmit' | 'fail';
}

const anyTry = fc.record<Try>({
	versions: fc.array(
		fc.oneof(
			{ weight: 8, arbitrary: fc.constant<Version>(0) },
			{ weight: 2, arbitrary: fc.constant<Version>(1) },
			{ weight: 1, arbitrary: fc.constant<Version>('invalid') },
		),
		{ minLength: ITEMS, maxLength: ITEMS },
	),
	fates: fc.array(
		fc.constantFrom(
			'fine' as const,
			'lostBefore' as const,
			'lostAfter' as const,
			'refused' as const,
		),
		{ maxLength: 8 },
	),
	mayLook: fc.boolean(),
	batchSize: fc.integer({ min: 1, max: ITEMS }),
	onUnknownOutcome: fc.constantFrom('resubmit' as const, 'fail' as const),
});

const documentOf = (item: number, version: Version) =>
	`https://files.example.com/${item}-v${version}.pdf`;

/** One try, as a job makes it; from its journal on, everything is the node's own code. */
async function attempt(context: IExecuteFunctions, one: Try) {
	const client = await ExtendClient.connect(context);
	const journal = Journal.open(context, client.account);
	const submitter = new BatchSubmitter(
		client,
		journal,
		new WorkflowCheck(client),
		() => ({}),
		batchRequest({ workflow: 'w', execution: '1' }, new SubmissionIds()),
	);
	const settings = { ...SETTINGS, onUnknownOutcome: one.onUnknownOutcome };
	const valid: RunInput[] = [];
	const invalid: Claimant[] = [];
	one.versions.forEach((version, itemIndex) => {
		const url = documentOf(itemIndex, version);
		if (version === 'invalid') invalid.push({ itemIndex, settings, document: undefined });
		else valid.push({ itemIndex, settings, document: url, file: { url } });
	});
	const recalled = await submitter.recall<Claimant>([...valid, ...invalid]);
	const accepted = [...recalled.accepted];
	const rejected = recalled.rejected.flatMap(({ inputs }) => inputs);
	const left = valid.filter((input) => recalled.rest.includes(input));
	for (let start = 0; start < left.length; start += one.batchSize) {
		const result = await submitter.submit(left.slice(start, start + one.batchSize));
		accepted.push(...result.accepted);
		rejected.push(...result.rejected.flatMap(({ inputs }) => inputs));
	}
	await submitter.lookForTheRest(valid);
	const late = submitter.claims.claim(rejected);
	accepted.push(...late.accepted);
	return { accepted, rejected: late.rest, invalid, journal, spare: submitter.claims.spare() };
}

function judge(script: Try['fates']): (items: number[], submission: number) => Verdict {
	let made = 0;
	return () => {
		const fate = script[made++] ?? 'fine';
		if (fate === 'refused') return { status: 402, message: 'No' };
		return fate === 'fine' ? 'accept' : fate;
	};
}

test('keep every document at one run, and tell the truth about each item', async () => {
	await fc.assert(
		fc.asyncProperty(fc.array(anyTry, { minLength: 1, maxLength: 4 }), async (tries) => {
			let verdict: (items: number[], submission: number) => Verdict = () => 'accept';
			const extend = new ExtendInMemory((items, submission) => verdict(items, submission));
			const context = contextOf(extend);
			const last: Try = {
				versions: tries.at(-1)!.versions,
				fates: [],
				mayLook: true,
				batchSize: ITEMS,
				onUnknownOutcome: 'resubmit',
			};
			for (const one of [...tries, last]) {
				verdict = judge(one.fates);
				extend.mayLook = one.mayLook;
				const { accepted, rejected, invalid, journal, spare } = await attempt(context, one);

				const claimed = accepted.flatMap(({ inputs }) => inputs.map(({ itemIndex }) => itemIndex));
				const failed = rejected.map(({ itemIndex }) => itemIndex);
				expect(new Set(claimed).size).toBe(claimed.length);
				const untold = invalid.map(({ itemIndex }) => itemIndex);
				expect([...new Set([...claimed, ...failed, ...untold])].sort((a, b) => a - b)).toEqual([
					...Array(ITEMS).keys(),
				]);
				for (const { batchId, inputs, positions, size } of accepted) {
					const batch = extend.batches.find((candidate) => candidate.batchId === batchId)!;
					expect(size).toBe(batch.documents.length);
					inputs.forEach(({ itemIndex, document }, index) => {
						const position = positions[index]!;
						// Of an item that is not valid, only the place is known.
						const there = document === undefined ? itemIndex : document;
						const found = document === undefined ? batch.items : batch.documents;
						expect(found[position]).toBe(there);
					});
				}
				// Each batch that Extend has is in the output, or named, or known to be in doubt.
				const told = new Set([...accepted, ...spare].map(({ batchId }) => batchId));
				for (const { batchId, metadata } of extend.batches) {
					const { submission } = metadata!.n8n as unknown as { submission: string };
					const isInDoubt = journal.open.some((entry) => entry.submission === submission);
					expect(told.has(batchId) || isInDoubt).toBe(true);
				}
			}
			const documents = extend.batches.flatMap((batch) => batch.documents);
			expect(new Set(documents).size).toBe(documents.length);
			const wanted = last.versions.flatMap((version, item) =>
				version === 'invalid' ? [] : [documentOf(item, version)],
			);
			expect(wanted.filter((document) => !documents.includes(document))).toEqual([]);
		}),
		{ numRuns: 300 },
	);
}, 60_000);
