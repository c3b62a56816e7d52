import { randomUUID } from 'crypto';

import { originOf } from '../../../documents/metadata';
import { steadyNow } from '../../../extend/client/clock';
import type { CallResult } from '../../../extend/client/client';
import { createDocumentRun, fetchDocumentRun } from '../../../extend/api/documentRuns';
import { uploadFile } from '../../../extend/api/files';
import { OPEN_STATUSES, READABLE_WITHIN_MS } from '../../../extend/api/runs';
import type { CallFailure } from '../../../extend/failures/failure';
import type { DocumentRun, RunFile } from '../../../extend/api/types';
import { withReference } from '../../../extend/runs/reference';
import type { Performed, Workplace } from '../../operation';
import type { DocumentInput } from './input';
import { Journal, taskId } from './journal';
import type { JournalEntry } from './journal';
import { RunList } from './runList';
import { doubledWarning, endTrouble, goesOn, timeoutTrouble, unknownTrouble } from './words';

/** How long not to look for a run that was just seen to be open, or could not be read yet, in milliseconds. */
const AGAIN_AFTER_MS = { open: 5_000, missing: 500 };

/** How often a document is sent at most, when answers are lost and no run is found. */
const MOST_SENDINGS = 3;

/** A run that was created, or why there is none. */
type Created = { ok: true; entry: JournalEntry & { runId: string } } | Failed;

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

	/** By kind and processor. */
	private readonly lists = new Map<string, RunList>();

	constructor(private readonly workplace: Workplace) {
		this.journal = Journal.open(workplace.context, workplace.client.account);
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
		if (!input.waits) return { ok: true, run: { id: entry.runId, status: 'PROCESSING' } };
		return await this.finished(input, entry);
	}

	private listOf({ target }: DocumentInput): RunList {
		const key = JSON.stringify([target.kind, target.processorId]);
		const list = this.lists.get(key) ?? new RunList(this.workplace.client, target);
		this.lists.set(key, list);
		return list;
	}

	private async created(input: DocumentInput): Promise<Created> {
		const { itemIndex, target, version, config, document } = input;
		const task = taskId([target, version, config, document.document]);
		const earlier = this.journal.recall(itemIndex, task);
		if (earlier !== undefined) {
			const recalled = await this.lookedUp(input, earlier, FORGOTTEN);
			if (recalled !== 'notFound') return recalled;
		}
		const uploaded = await this.fileOf(input);
		if (!uploaded.ok) return uploaded;
		for (let sending = 1; ; sending++) {
			const sent = await this.send(input, task, uploaded.body);
			if ('ok' in sent) return sent;
			const found = await this.lookedUp(input, sent.lost, sent.failure);
			if (found !== 'notFound') return found;
			if (sending >= MOST_SENDINGS) return { ok: false, trouble: unknownTrouble(sent.failure) };
		}
	}

	private async fileOf({ document }: DocumentInput): Promise<CallResult<RunFile>> {
		const { file, upload } = document;
		if (file !== undefined) return { ok: true, body: file };
		const { context, client } = this.workplace;
		const uploaded = await uploadFile(context, client, upload!, {});
		return uploaded.ok ? { ok: true, body: { id: uploaded.body.id } } : uploaded;
	}

	/** Sends a document once. @returns what was noted, if it is not known whether a run was created */
	private async send(
		input: DocumentInput,
		task: string,
		file: RunFile,
	): Promise<Created | { lost: JournalEntry; failure: CallFailure }> {
		const { context, client } = this.workplace;
		const { itemIndex, target, version, config, priority, metadata, hasReference } = input;
		const submission = randomUUID();
		const reference = { submission, item: itemIndex, of: 1, ...originOf(context) };
		let entry: JournalEntry | undefined;
		const created = await createDocumentRun(
			client,
			{
				...target,
				version,
				config,
				file,
				priority,
				metadata: hasReference ? withReference(metadata, reference) : metadata,
			},
			{
				onSending: () => {
					const sentAtByExtend = client.extendNow();
					entry ??= this.journal.sending({
						submission,
						item: itemIndex,
						task,
						hasReference,
						sentAt: Date.now(),
						...(sentAtByExtend === undefined ? {} : { sentAtByExtend }),
					});
				},
			},
		);
		if (created.ok) {
			const runId = created.body.id;
			return { ok: true, entry: Object.assign(entry!, { runId }) };
		}
		const { failure } = created;
		const isUnknown = failure.kind === 'unknown' || failure.kind === 'interrupted';
		if (isUnknown && entry !== undefined) return { lost: entry, failure };
		if (entry !== undefined) this.journal.forget(entry);
		return created;
	}

	/** Finds out what became of a request whose answer was lost. */
	private async lookedUp(
		input: DocumentInput,
		entry: JournalEntry,
		failure: CallFailure,
	): Promise<Created | 'notFound'> {
		const { runId, submission, hasReference } = entry;
		if (runId !== undefined) return { ok: true, entry: { ...entry, runId } };
		const unknown: Failed = { ok: false, trouble: unknownTrouble(failure) };
		if (!hasReference) return unknown;
		const searched = await this.listOf(input).find(submission, entry, input.settleMs, (late) => {
			entry.runId = late;
			this.workplace.warn(doubledWarning(input.itemIndex, late));
		});
		if (searched.is === 'failed') return unknown;
		if (searched.is === 'notFound') return input.resubmits ? 'notFound' : unknown;
		return { ok: true, entry: Object.assign(entry, { runId: searched.runId }) };
	}

	private async finished(
		input: DocumentInput,
		entry: JournalEntry & { runId: string },
	): Promise<Finished> {
		const { runId } = entry;
		const { client } = this.workplace;
		const { kind } = input.target;
		const ids = { runId };
		const deadline = steadyNow() + input.timeoutMs;
		let missingSince: number | undefined;
		let afterMs = 0;
		for (;;) {
			const waited = await this.listOf(input).untilDue(runId, entry, deadline, afterMs);
			if (waited.is === 'timeout') {
				return { ok: false, trouble: timeoutTrouble(input.timeoutMs, ids) };
			}
			if (waited.is === 'failed') {
				return { ok: false, failure: waited.failure, done: goesOn(runId), ids };
			}
			const fetched = await fetchDocumentRun(client, kind, runId);
			if (fetched.ok) {
				const run = fetched.body;
				if (run.status === 'PROCESSED') return { ok: true, run };
				if (!OPEN_STATUSES.includes(run.status ?? '')) {
					// A run that came to nothing is no reason not to try again.
					this.journal.forget(entry);
					return { ok: false, trouble: endTrouble(kind, run) };
				}
				afterMs = AGAIN_AFTER_MS.open;
				continue;
			}
			missingSince ??= steadyNow();
			const isMissing = fetched.failure.status === 404;
			const isGone = isMissing && steadyNow() - missingSince > READABLE_WITHIN_MS;
			if (isGone) this.journal.forget(entry);
			if (!isMissing || isGone) {
				return { ok: false, failure: fetched.failure, done: goesOn(runId), ids };
			}
			afterMs = AGAIN_AFTER_MS.missing;
		}
	}
}
