import { randomUUID } from 'crypto';

import { originOf } from '../../../documents/metadata';
import { steadyNow } from '../../../extend/client/clock';
import {
	PROCESSOR_OF,
	createDocumentRun,
	fetchDocumentRun,
	listDocumentRuns,
	listOpenParseRuns,
} from '../../../extend/api/documentRuns';
import { uploadFile } from '../../../extend/api/files';
import { OPEN_STATUSES } from '../../../extend/api/runs';
import type { CallResult } from '../../../extend/client/client';
import { mayBeDone } from '../../../extend/failures/failure';
import type { CallFailure } from '../../../extend/failures/failure';
import type { DocumentRun, RunFile } from '../../../extend/api/types';
import { withReference } from '../../../extend/runs/reference';
import { Journal, documentId, fieldAt } from '../../../submit/journal';
import type { JournalEntry } from '../../../submit/journal';
import type { Performed, Workplace } from '../../operation';
import type { DocumentInput } from './input';
import { RunWatch } from '../../waiting/runWatch';
import { untilFinished } from '../../waiting/untilFinished';
import { doubledWarning, endTrouble, goesOn, timeoutTrouble, unknownTrouble } from './words';

/** How often a document is sent at most, when answers are lost and no run is found. */
const MOST_SENDINGS = 3;

/** A run that was created, or why there is none. */
type Created = { ok: true; entry: JournalEntry & { batchId: string } } | Failed;

/** A run that is finished, or why there is none. */
type Finished = { ok: true; run: DocumentRun } | Failed;

/** What is known of the failure of an earlier try. */
const FORGOTTEN: CallFailure = { kind: 'unknown', message: '' };

type Failed = Extract<Performed, { ok: false }>;

/**
 * The runs of one job of the node: each document is sent once, and waited for. What was sent is written down
 * before the bytes leave; a lost answer is looked up by the reference.
 */
export class DocumentRuns {
	private readonly journal: Journal;

	private readonly earlier: EarlierRequests;

	/** By kind and processor. */
	private readonly watches = new Map<string, RunWatch>();

	constructor(private readonly workplace: Workplace) {
		this.journal = Journal.open(workplace.context, workplace.client.account);
		this.earlier = new EarlierRequests(this.journal);
	}

	/** To be told when every item has left the node well. */
	close(): void {
		this.journal.close();
	}

	/** Runs a document, and waits for the result if the input says so; otherwise the run is just begun. */
	async perform(input: DocumentInput): Promise<Finished> {
		this.workplace.client.keepSecret(input.document.password);
		const created = await this.created(input);
		if (!created.ok) return created;
		const { entry } = created;
		if (!input.waits) return { ok: true, run: { id: entry.batchId, status: 'PROCESSING' } };
		return await this.finished(input, entry);
	}

	private watchOf({ target }: DocumentInput): RunWatch {
		const { client } = this.workplace;
		const key = JSON.stringify([target.kind, target.processorId]);
		const watch =
			this.watches.get(key) ??
			new RunWatch(client, {
				since: async (time) => await listDocumentRuns(client, target, time),
				...(PROCESSOR_OF[target.kind] === undefined && {
					open: async () => await listOpenParseRuns(client),
				}),
			});
		this.watches.set(key, watch);
		return watch;
	}

	private async created(input: DocumentInput): Promise<Created> {
		const { itemIndex, target, version, config, document } = input;
		const task = JSON.stringify([target, version, config, document.document]);
		const lost = this.earlier.take(itemIndex, task);
		if (lost.length > 0) {
			const recalled = await this.lookedUp(input, lost, FORGOTTEN);
			if (recalled !== 'notFound') return recalled;
		}
		const uploaded = await this.fileOf(input);
		if (!uploaded.ok) return uploaded;
		for (let sending = 1; ; sending++) {
			const sent = await this.send(input, task, uploaded.body);
			if ('ok' in sent) return sent;
			lost.push(sent.lost);
			const found = await this.lookedUp(input, lost, sent.failure);
			if (found !== 'notFound') return found;
			if (sending >= MOST_SENDINGS) return { ok: false, trouble: unknownTrouble(sent.failure) };
		}
	}

	/** What a run takes; a file in n8n is uploaded, unless an earlier try did. */
	private async fileOf({ itemIndex, document }: DocumentInput): Promise<CallResult<RunFile>> {
		const { file, upload, document: identity } = document;
		if (file !== undefined) return { ok: true, body: file };
		const known = this.journal.uploadOf(itemIndex, identity);
		if (known !== undefined) return { ok: true, body: { id: known } };
		const { context, client } = this.workplace;
		const uploaded = await uploadFile(context, client, upload!, {});
		if (!uploaded.ok) return uploaded;
		const { id } = uploaded.body;
		this.journal.uploaded(itemIndex, identity, id);
		return { ok: true, body: { id } };
	}

	/** Sends a document once. @returns what was noted, if it is not known whether a run was created */
	private async send(
		input: DocumentInput,
		task: string,
		document: RunFile,
	): Promise<Created | { lost: JournalEntry; failure: CallFailure }> {
		const { context, client } = this.workplace;
		const { itemIndex, target, version, config, priority, metadata, hasReference, field } = input;
		const submission = randomUUID();
		const file = field === undefined ? {} : { file: field };
		const reference = { submission, item: itemIndex, of: 1, ...originOf(context), ...file };
		let entry: JournalEntry | undefined;
		const created = await createDocumentRun(
			client,
			{
				...target,
				version,
				config,
				file: document,
				priority,
				metadata: hasReference ? withReference(metadata, reference) : metadata,
			},
			{
				onSending: () => {
					entry ??= this.journal.sending({
						submission,
						workflowId: target.processorId,
						version,
						items: [itemIndex],
						...(field === undefined ? {} : { fields: [field] }),
						documents: documentId(task),
						hasReference,
						sentAt: Date.now(),
						sentAtByExtend: client.extendNow(),
					});
				},
			},
		);
		if (created.ok) {
			return { ok: true, entry: Object.assign(entry!, { batchId: created.body.id }) };
		}
		const { failure } = created;
		if (mayBeDone(failure) && entry !== undefined) return { lost: entry, failure };
		if (entry !== undefined) this.journal.notCarriedOut(entry);
		return created;
	}

	/** Finds out what became of requests for one document whose answers were lost. */
	private async lookedUp(
		input: DocumentInput,
		lost: readonly JournalEntry[],
		failure: CallFailure,
	): Promise<Created | 'notFound'> {
		const accepted = (entry: JournalEntry, batchId: string): Created => {
			return { ok: true, entry: Object.assign(entry, { batchId }) };
		};
		for (const entry of lost) {
			if (entry.batchId !== undefined) return accepted(entry, entry.batchId);
		}
		const unknown: Failed = { ok: false, trouble: unknownTrouble(failure) };
		if (!lost.every(({ hasReference }) => hasReference)) return unknown;
		const entryOf = new Map(lost.map((entry) => [entry.submission, entry]));
		const searched = await this.watchOf(input).find(lost, input.settleMs, (late, submission) => {
			const entry = entryOf.get(submission);
			if (entry !== undefined) this.journal.accepted(entry, late);
			this.workplace.warn(doubledWarning(input.itemIndex, late));
		});
		if (searched.is === 'failed') return unknown;
		if (searched.is === 'notFound') return input.resubmits ? 'notFound' : unknown;
		return accepted(entryOf.get(searched.submission)!, searched.runId);
	}

	private async finished(
		input: DocumentInput,
		entry: JournalEntry & { batchId: string },
	): Promise<Finished> {
		const { client } = this.workplace;
		const { target, timeoutMs } = input;
		const runId = entry.batchId;
		const ids = { runId };
		const deadline = steadyNow() + timeoutMs;
		const ended = await untilFinished(
			this.watchOf(input),
			{ runId, sending: entry, deadline, open: OPEN_STATUSES },
			async () => await fetchDocumentRun(client, target.kind, runId),
		);
		if (ended.is === 'timeout') return { ok: false, trouble: timeoutTrouble(timeoutMs, ids) };
		// A run that came to nothing is no reason not to try again.
		if (ended.is === 'failed') {
			if (ended.isGone) this.journal.notCarriedOut(entry);
			return { ok: false, failure: ended.failure, done: goesOn(runId), ids };
		}
		if (ended.run.status === 'PROCESSED') return { ok: true, run: ended.run };
		this.journal.notCarriedOut(entry);
		return { ok: false, trouble: endTrouble(target.kind, ended.run) };
	}
}

/** What earlier tries have sent, each to be taken over by one item that asks for the same. */
class EarlierRequests {
	private readonly byDocument = new Map<string, JournalEntry[]>();

	constructor(private readonly journal: Journal) {
		for (const entry of journal.entries) {
			const same = this.byDocument.get(entry.documents);
			if (same === undefined) this.byDocument.set(entry.documents, [entry]);
			else same.push(entry);
		}
	}

	/**
	 * In this run of the node they must have been for the same item; of others only what is open counts, as far
	 * as it was for one file of one item.
	 */
	take(item: number, document: string): JournalEntry[] {
		const key = documentId(document);
		const entries = this.byDocument.get(key) ?? [];
		const first = entries.find((entry) =>
			this.journal.isOfThisRun(entry) ? entry.items[0] === item : entry.batchId === undefined,
		);
		if (first === undefined) return [];
		const isAlike = (entry: JournalEntry) =>
			entry.runIndex === first.runIndex &&
			entry.items[0] === first.items[0] &&
			fieldAt(entry, 0) === fieldAt(first, 0);
		this.byDocument.set(
			key,
			entries.filter((entry) => !isAlike(entry)),
		);
		return entries.filter(isAlike);
	}
}
