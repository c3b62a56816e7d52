/** What the journal keeps of earlier tries, and which inputs have a claim to it. */
import { parse, stringify } from 'flatted';
import type { IExecuteFunctions } from 'n8n-workflow';

import { Claims } from '../../../nodes/submit/claims';
import {
	documentId,
	documentsOf,
	fieldAt,
	Journal,
	namesAt,
	withDocuments,
} from '../../../nodes/submit/journal';
import type { JournalEntry } from '../../../nodes/submit/journal';
import type { Claimant } from '../../../nodes/submit/types';
import { contextOf, ExtendInMemory, SETTINGS } from './extendInMemory';

const JOB = { key: 'job-1', lookBackDays: 7, resubmitFailed: false };

/** An execution, of which the node may run more than once. */
function execution() {
	const run = { runIndex: 0, apiToken: 'sk_1' };
	return { run, context: contextOf(new ExtendInMemory(() => 'accept'), run) };
}

const open = (context: IExecuteFunctions, account = 'account') => Journal.open(context, account);

function input(itemIndex: number, more: Partial<Claimant> = {}): Claimant {
	return { itemIndex, settings: SETTINGS, document: `document ${itemIndex}`, ...more };
}

const inJob = (key: string) => ({ ...SETTINGS, job: { ...JOB, key } });

/** Notes a request for inputs; with a `batchId`, it was carried out. */
function send(
	journal: Journal,
	submission: string,
	inputs: Claimant[],
	batchId?: string,
	more: Partial<JournalEntry> = {},
): JournalEntry {
	const entry = journal.sending({
		submission,
		workflowId: SETTINGS.workflowId,
		version: SETTINGS.version,
		items: inputs.map(({ itemIndex }) => itemIndex),
		...documentsOf(inputs),
		sentAt: Date.UTC(2026, 1, 9, 12),
		hasReference: true,
		...more,
	});
	if (batchId !== undefined) journal.accepted(entry, batchId);
	return entry;
}

const idsOf = (entries: readonly JournalEntry[]) => entries.map(({ submission }) => submission);

describe('the journal', () => {
	it('knows in the next try of the same run what was sent, and what became of it', () => {
		const { context } = execution();
		const first = open(context);
		expect(first.isEmpty).toBe(true);
		send(first, 'accepted', [input(0)], 'batch-1');
		send(first, 'unknown', [input(1)]);
		first.notCarriedOut(send(first, 'refused', [input(2)]));

		const second = open(context);
		expect(second.isEmpty).toBe(false);
		expect(second.entries).toMatchObject([
			{ submission: 'accepted', batchId: 'batch-1', account: 'account', runIndex: 0 },
			{ submission: 'unknown', account: 'account', runIndex: 0 },
		]);
		expect(idsOf(second.open)).toEqual(['unknown']);
	});

	it('knows in another run of the node only what is unknown, and the newest hundred of that', () => {
		const { context, run } = execution();
		const first = open(context);
		for (let count = 0; count < 130; count++) send(first, `unknown-${count}`, [input(1)]);
		send(first, 'accepted', [input(0)], 'batch-1');
		first.uploaded(0, 'document', 'file-1');

		run.runIndex = 1;
		const second = open(context);
		expect(idsOf(second.entries)).toEqual(
			Array.from({ length: 100 }, (_, count) => `unknown-${count + 30}`),
		);
		expect(second.entries.some((entry) => second.isOfThisRun(entry))).toBe(false);
		expect(second.uploadOf(0, 'document')).toBeUndefined();

		send(second, 'of this run', [input(0)], 'batch-2');
		second.uploaded(0, 'document', 'file-2');
		const third = open(context);
		expect(idsOf(third.entries).at(-1)).toBe('of this run');
		expect(third.isOfThisRun(third.entries.at(-1)!)).toBe(true);
		expect(third.uploadOf(0, 'document')).toBe('file-2');
	});

	it('tells what went to other credentials in this run, and takes over what is found to be ours', () => {
		const { context, run } = execution();
		send(open(context, 'old'), 'of an earlier run', [input(0)]);
		run.runIndex = 1;
		send(open(context, 'old'), 'sent with the old token', [input(1)], 'batch-1');
		const journal = open(context, 'new');
		send(journal, 'sent with the new one', [input(2)], 'batch-2');
		expect(idsOf(journal.ofOtherCredentials)).toEqual(['sent with the old token']);
		expect(idsOf(journal.entries)).toEqual(['sent with the new one']);
		expect(journal.open).toEqual([]);
		expect(journal.all).toHaveLength(3);

		journal.isOurs(journal.ofOtherCredentials[0]!);
		expect(journal.ofOtherCredentials).toEqual([]);
		expect(idsOf(open(context, 'new').entries)).toEqual([
			'sent with the old token',
			'sent with the new one',
		]);
	});

	it('knows an upload again for the same item, document and account only', () => {
		const { context } = execution();
		const journal = open(context);
		journal.uploaded(1, 'document', 'file-1');
		expect(journal.uploadOf(1, 'document')).toBe('file-1');
		expect(journal.uploadOf(2, 'document')).toBeUndefined();
		expect(journal.uploadOf(1, 'another document')).toBeUndefined();
		expect(open(context, 'another account').uploadOf(1, 'document')).toBeUndefined();
		expect(open(context).uploadOf(1, 'document')).toBe('file-1');
	});

	it('forgets when it is closed, but not what is unknown of other runs', () => {
		const { context, run } = execution();
		send(open(context), 'unknown, of another run', [input(0)]);
		run.runIndex = 1;
		const journal = open(context);
		send(journal, 'accepted', [input(0)], 'batch-1');
		send(journal, 'unknown', [input(0)]);
		const found = send(journal, 'found later', [input(0)], 'batch-2', {});
		found.runIndex = 0;
		journal.uploaded(0, 'document', 'file-1');
		journal.close();
		expect(idsOf(open(context).entries)).toEqual(['unknown, of another run']);
		expect(open(context).uploadOf(0, 'document')).toBeUndefined();
	});
});

describe('the documents of a request', () => {
	it('are known at their positions, under a Job Key by their identity too', () => {
		const { context } = execution();
		const settings = inJob('job-1');
		const [one, two] = ['one', 'two'].map((identity, index) =>
			input(index, { settings, identity }),
		);
		const entry = send(open(context), 's', [one!, two!]);
		const other = send(open(context), 't', [
			input(1, { settings: inJob('job-2'), identity: 'two' }),
		]);
		for (const [position, { document }] of [one!, two!].entries()) {
			const names = namesAt(entry, position);
			expect(names).toHaveLength(2);
			expect(names[0]).toBe(documentId(document!));
		}
		expect(namesAt(entry, 1)[1]).not.toBe(namesAt(entry, 0)[1]);
		// The same identity in another job is another one.
		expect(namesAt(other, 0)[0]).toBe(namesAt(entry, 1)[0]);
		expect(namesAt(other, 0)[1]).not.toBe(namesAt(entry, 1)[1]);
	});

	it.each([
		['no job', { identity: 'one' }],
		['no identity', { settings: inJob('job-1') }],
	])('are known by themselves alone where an input has %s', (_what, more) => {
		const known = documentsOf([
			input(0, { settings: inJob('job-1'), identity: 'zero' }),
			input(1, more),
		]);
		expect(known).toEqual({ documents: documentId('document 0') + documentId('document 1') });
	});

	it('are digested when somebody asks for them, as n8n does that stores them', () => {
		const { context } = execution();
		let asked = 0;
		const inputs = [0, 1].map((itemIndex): Claimant => ({
			...input(itemIndex, { settings: inJob('job-1'), identity: `${itemIndex}` }),
			get document() {
				asked++;
				return `document ${itemIndex}`;
			},
		}));
		const request = {
			submission: 's',
			workflowId: SETTINGS.workflowId,
			version: SETTINGS.version,
			items: [0, 1],
			sentAt: Date.UTC(2026, 1, 9, 12),
			hasReference: true,
		};
		const journal = open(context);
		const entry = journal.sending(withDocuments(request, inputs));
		journal.accepted(entry, 'batch-1');
		expect(journal.open).toEqual([]);
		expect(asked).toBe(0);

		const { documents, identities } = documentsOf(inputs);
		asked = 0;
		const stored = { ...request, runIndex: 0, account: 'account', batchId: 'batch-1' };
		expect(parse(stringify(journal.entries))).toEqual([{ ...stored, documents, identities }]);
		expect(namesAt(entry, 1)).toEqual([documents, identities].map((ids) => ids!.slice(12)));
		expect(asked).toBe(inputs.length);
	});

	it('have a short digest each, by which different ones differ', () => {
		const ids = new Set(Array.from({ length: 1000 }, (_, count) => documentId(`${count}`)));
		expect(ids.size).toBe(1000);
		expect([...ids].every((id) => id.length === 12)).toBe(true);
	});

	it('have a field only where one was noted', () => {
		const { context } = execution();
		const entry = send(open(context), 's', [input(0), input(0)], undefined, {
			fields: ['scan', ''],
		});
		expect([fieldAt(entry, 0), fieldAt(entry, 1)]).toEqual(['scan', undefined]);
		expect(fieldAt(send(open(context), 't', [input(0)]), 0)).toBeUndefined();
	});
});

/** Where claims say that inputs are: the batch and position of each, or nothing. */
function placesOf(journal: Journal, inputs: Claimant[]): Array<string | undefined> {
	const places = new Map<Claimant, string>();
	const { accepted, rest } = new Claims(journal).claim(inputs);
	for (const batch of accepted) {
		batch.inputs.forEach((one, index) => {
			places.set(one, `${batch.batchId} ${batch.positions[index]}`);
		});
	}
	expect(rest).toEqual(inputs.filter((one) => !places.has(one)));
	return inputs.map((one) => places.get(one));
}

describe('a claim to what was accepted', () => {
	it('holds for the same document, workflow and version', () => {
		const journal = open(execution().context);
		send(journal, 's', [input(0), input(1), input(2), input(3)], 'batch-1');
		expect(
			placesOf(journal, [
				input(0),
				input(1, { document: 'corrected' }),
				input(2, { settings: { ...SETTINGS, workflowId: 'workflow_b' } }),
				input(3, { settings: { ...SETTINGS, version: 'draft' } }),
			]),
		).toEqual(['batch-1 0', undefined, undefined, undefined]);
	});

	it('holds for an item that is not valid any more, whatever it is for now', () => {
		const journal = open(execution().context);
		send(journal, 's', [input(0), input(1)], 'batch-1');
		const settings = { ...SETTINGS, workflowId: 'workflow_b', version: 'draft' };
		const invalid = input(1, { document: undefined, settings });
		expect(placesOf(journal, [invalid])).toEqual(['batch-1 1']);
	});

	it('holds for the file of an invalid item that is in the same field', () => {
		const journal = open(execution().context);
		const [scan, letter] = ['scan', 'letter'].map((field) => input(0, { field, document: field }));
		send(journal, 's', [scan!, letter!], 'batch-1', { fields: ['scan', 'letter'] });
		const invalid = { document: undefined };
		expect(
			placesOf(journal, [
				{ ...letter!, ...invalid },
				{ ...scan!, ...invalid },
				input(0, { field: 'another', ...invalid }),
				input(0, invalid),
			]),
		).toEqual(['batch-1 1', 'batch-1 0', undefined, undefined]);
	});

	it('goes to the same item, in this run of the node, even if another has the same document', () => {
		const journal = open(execution().context);
		const same = { document: 'the same' };
		send(journal, 's', [input(4, same), input(5, same)], 'batch-1');
		expect(placesOf(journal, [input(5, same), input(6, same), input(4, same)])).toEqual([
			'batch-1 1',
			undefined,
			'batch-1 0',
		]);
	});

	it('goes to the same document, in another run of the node, once for each time it was sent', () => {
		const { context, run } = execution();
		const same = { document: 'the same' };
		const entry = send(open(context), 's', [input(4, same), input(5), input(6, same)]);
		run.runIndex = 1;
		const journal = open(context);
		journal.accepted(entry, 'batch-1');
		expect(
			placesOf(journal, [
				input(0, same),
				input(1, same),
				input(2, same),
				input(5, { document: undefined }),
				input(3, { document: 'document 5' }),
			]),
		).toEqual(['batch-1 0', 'batch-1 2', undefined, undefined, 'batch-1 1']);
	});

	it('is told by the identity in a job, too', () => {
		const journal = open(execution().context);
		const sent = input(0, { settings: inJob('job-1'), identity: 'invoice 7', document: 'signed' });
		send(journal, 's', [sent], 'batch-1');
		const again = { ...sent, document: 'signed anew' };
		expect(placesOf(journal, [{ ...again, identity: 'invoice 8' }])).toEqual([undefined]);
		expect(placesOf(journal, [{ ...again, settings: inJob('job-2') }])).toEqual([undefined]);
		expect(placesOf(journal, [again])).toEqual(['batch-1 0']);
		expect(placesOf(journal, [{ ...sent, settings: inJob('job-2') }])).toEqual(['batch-1 0']);

		const two = input(1, { settings: inJob('job-1'), identity: 'invoice 9' });
		send(journal, 't', [sent, two], 'batch-2');
		expect(placesOf(journal, [{ ...two, document: 'signed anew' }])).toEqual(['batch-2 1']);
	});

	it('comes with what was known when the batch was sent', () => {
		const journal = open(execution().context);
		send(journal, 's', [input(0), input(1)], 'batch-1');
		expect(new Claims(journal).claim([input(1)]).accepted).toEqual([
			{
				batchId: 'batch-1',
				workflowId: 'workflow_a',
				version: '',
				submittedAt: '2026-02-09T12:00:00.000Z',
				size: 2,
				inputs: [input(1)],
				positions: [1],
			},
		]);
	});

	it('finds few of many: inputs have their own order in each batch', () => {
		const journal = open(execution().context);
		send(journal, 's', [input(20), input(3), input(7)], 'batch-1');
		const inputs = Array.from({ length: 30 }, (_, index) => input(29 - index));
		const { accepted } = new Claims(journal).claim(inputs);
		expect(accepted).toMatchObject([
			{ inputs: [{ itemIndex: 20 }, { itemIndex: 7 }, { itemIndex: 3 }], positions: [0, 2, 1] },
		]);
	});

	it('is not taken twice, and what nobody claims is spare', () => {
		const journal = open(execution().context);
		send(journal, 's', [input(0), input(1), input(2)], 'batch-1');
		send(journal, 't', [input(3)], 'batch-2');
		send(journal, 'unknown', [input(4)]);
		const claims = new Claims(journal);
		expect(claims.spare()).toEqual([
			{ batchId: 'batch-1', size: 3, items: [0, 1, 2] },
			{ batchId: 'batch-2', size: 1, items: [3] },
		]);
		claims.claim([input(1), input(3)]);
		expect(claims.claim([input(1), input(3)]).accepted).toEqual([]);
		expect(claims.spare()).toEqual([{ batchId: 'batch-1', size: 3, items: [0, 2] }]);
		expect(claims.claim([input(2)]).accepted).toMatchObject([{ positions: [2] }]);
		claims.claim([input(0)]);
		expect(claims.spare()).toEqual([]);
	});

	it('comes to be when an unknown request is found', () => {
		const journal = open(execution().context);
		const entry = send(journal, 's', [input(0), input(1)]);
		send(journal, 't', [input(2)]);
		const claims = new Claims(journal);
		expect(claims.claim([input(0)])).toEqual({ accepted: [], rest: [input(0)] });
		expect(idsOf(claims.inDoubt(input(0)))).toEqual(['s']);
		expect(claims.inDoubt(input(0, { document: 'corrected' }))).toEqual([]);
		expect(claims.inDoubt(input(7))).toEqual([]);
		expect(idsOf(claims.openOf([input(1), input(2)]))).toEqual(['s', 't']);
		claims.found(entry, 'batch-1');
		expect(idsOf(claims.openOf([input(1), input(2)]))).toEqual(['t']);
		expect(claims.claim([input(0)]).accepted).toMatchObject([{ batchId: 'batch-1', size: 2 }]);
	});

	it('of a batch that was just sent is that of all of its inputs, in their order', () => {
		const journal = open(execution().context);
		const entry = send(journal, 's', [input(5), input(6)], 'batch-1');
		expect(new Claims(journal).take(entry, [input(5), input(6)])).toMatchObject({
			batchId: 'batch-1',
			size: 2,
			positions: [0, 1],
		});
	});
});
