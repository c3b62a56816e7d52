import type { ExtendClient } from '../../../extend/client/client';
import { steadyNow } from '../../../extend/client/clock';
import { eachAtOnce, pause } from '../../../extend/client/waiting';
import { quote } from '../../../extend/failures/explanation';
import { mayBeDone, reasonAmong, refusesThisCall } from '../../../extend/failures/failure';
import type { CallFailure } from '../../../extend/failures/failure';
import { deleteFile } from '../../../extend/api/files';
import { OPEN_STATUSES, deleteRun, listRuns } from '../../../extend/api/runs';
import type { WorkflowRunSummary } from '../../../extend/api/types';
import { BatchSize } from '../../../extend/runs/size';
import { count } from '../../../items/words';
import { PATIENCE } from '../../waiting/patience';
import type { Batch } from './batch';

/** What became of a batch that was to be deleted. */
export interface DeletedBatch {
	/** Runs that are gone, also those that were when their turn came. */
	runsDeleted: number;
	/** Files that are gone, likewise. */
	filesDeleted: number;
	/** Runs that were left alone because Extend still works on them. */
	stillOpen: number;
	/** Runs and files that Extend refused to delete. */
	refused: number;
}

/** Things that are deleted side by side. How many calls are under way is up to the client. */
const DELETIONS_AT_ONCE = 32;

const PAUSE_MS = 1_000;

/** Deletes the finished runs of one batch, and remembers what it has seen of them. */
class Deletion {
	/** Runs that were to be deleted, and how that stands. */
	private readonly runs = new Map<string, 'asked' | 'deleted' | 'refused'>();

	/** The files of runs that were to be deleted. */
	private readonly filesOf = new Map<string, string[]>();

	/** Since when Extend has not found a run that it lists. */
	private readonly missingSince = new Map<string, number>();

	private readonly seen = new Set<string>();

	private readonly size: BatchSize;

	private restingSince = steadyNow();

	/** The files that were to be deleted, and how that stands. */
	private readonly files = new Map<string, 'asked' | 'deleted' | 'refused'>();

	stillOpen = 0;

	refusal: CallFailure | undefined;

	constructor(
		private readonly client: ExtendClient,
		private readonly batch: Batch,
		private readonly withFiles: boolean,
	) {
		this.size = new BatchSize(client, batch.size);
	}

	/** @returns a failure that ended it, if any */
	async deleteRuns(): Promise<CallFailure | undefined> {
		for (;;) {
			const listed = await listRuns(this.client, this.batch.batchId);
			if (!listed.ok) return listed.failure;
			const left = this.take(listed.body);
			const restingMs = steadyNow() - this.restingSince;
			// The reference in a run is gone with it, so the question comes first.
			const asked = await this.size.ask(listed.body, restingMs);
			if (!asked.ok) return asked.failure;
			const failure = await this.deleteAll(left);
			if (failure !== undefined) return failure;
			if (left.length === 0 && this.isWhole(restingMs)) return undefined;
			if (!(await pause(PAUSE_MS, this.client.signal))) return { kind: 'cancelled', message: '' };
		}
	}

	/** Deletes what files are left of deleted runs. @returns a failure that ended it, if any */
	async deleteFiles(): Promise<CallFailure | undefined> {
		let end: CallFailure | undefined;
		await eachAtOnce([...this.runs.keys()], DELETIONS_AT_ONCE, async (id) => {
			if (end !== undefined || this.runs.get(id) !== 'deleted') return;
			const failure = await this.deleteFilesOf(id);
			if (failure !== undefined) end = reasonAmong(end, failure);
		});
		return end;
	}

	/** Files that may be there still although their run is gone, or may be, so that nothing leads to them. */
	get filesLeft(): string[] {
		if (!this.withFiles) return [];
		const ofRuns = [...this.filesOf].flatMap(([run, files]) =>
			['asked', 'deleted'].includes(this.runs.get(run) ?? '') ? files : [],
		);
		return [...new Set(ofRuns)].filter((id) => (this.files.get(id) ?? 'asked') === 'asked');
	}

	filesThatAre(state: 'deleted' | 'refused'): number {
		return [...this.files.values()].filter((other) => other === state).length;
	}

	runsThatAre(state: 'deleted' | 'refused'): number {
		return [...this.runs.values()].filter((other) => other === state).length;
	}

	/** Runs that the batch has or had, and that no list has shown. */
	get unseen(): number {
		return Math.max(0, (this.size.known ?? 0) - this.seen.size);
	}

	get isSeen(): boolean {
		return this.seen.size > 0;
	}

	/** @returns the runs that are to be deleted now */
	private take(listed: readonly WorkflowRunSummary[]): WorkflowRunSummary[] {
		const before = this.seen.size;
		const ids = new Set(listed.map(({ id }) => id));
		for (const { id } of listed) this.seen.add(id);
		if (this.seen.size > before) this.restingSince = steadyNow();
		// What is not listed any more is gone, whatever Extend answered.
		for (const [id, state] of this.runs) {
			if (state === 'asked' && !ids.has(id)) this.runs.set(id, 'deleted');
		}
		const isOpen = ({ status }: WorkflowRunSummary) => OPEN_STATUSES.includes(status);
		this.stillOpen = listed.filter(isOpen).length;
		return listed.filter((run) => {
			const state = this.runs.get(run.id);
			return !isOpen(run) && state !== 'deleted' && state !== 'refused';
		});
	}

	private async deleteAll(runs: readonly WorkflowRunSummary[]): Promise<CallFailure | undefined> {
		let end: CallFailure | undefined;
		await eachAtOnce(runs, DELETIONS_AT_ONCE, async ({ id, files }) => {
			if (end !== undefined) return;
			const earlier = this.runs.get(id);
			this.runs.set(id, 'asked');
			this.filesOf.set(
				id,
				(files ?? []).flatMap((file) => file.id || []),
			);
			const deleted = await deleteRun(this.client, id);
			if (!deleted.ok && !refusesThisCall(deleted.failure)) {
				if (earlier === undefined && !mayBeDone(deleted.failure)) this.runs.delete(id);
				end = reasonAmong(end, deleted.failure);
				return;
			}
			const isRefused = !deleted.ok && !this.mayStillBeFound(id, deleted.failure);
			this.runs.set(id, deleted.ok ? 'deleted' : isRefused ? 'refused' : 'asked');
			if (isRefused) this.refusal = deleted.failure;
			// At once, because nothing leads to them any more should this be cut short.
			const failure = deleted.ok ? await this.deleteFilesOf(id) : undefined;
			if (failure !== undefined) end = reasonAmong(end, failure);
		});
		return end;
	}

	/** Deletes the files of a run that is deleted. @returns a failure that ended it, if any */
	private async deleteFilesOf(run: string): Promise<CallFailure | undefined> {
		if (!this.withFiles) return undefined;
		for (const id of this.filesOf.get(run) ?? []) {
			if (this.files.has(id)) continue;
			this.files.set(id, 'asked');
			const deleted = await deleteFile(this.client, id);
			if (deleted.ok || deleted.failure.status === 404) {
				this.files.set(id, 'deleted');
				continue;
			}
			const { failure } = deleted;
			if (!refusesThisCall(failure)) return failure;
			this.files.set(id, 'refused');
			this.refusal = failure;
		}
		return undefined;
	}

	/** A run that is listed but not found is gone, or not readable yet: the next list tells. */
	private mayStillBeFound(id: string, { status }: CallFailure): boolean {
		const since = this.missingSince.get(id) ?? steadyNow();
		this.missingSince.set(id, since);
		return status === 404 && steadyNow() - since <= PATIENCE.youngestMs;
	}

	private isWhole(restingMs: number): boolean {
		if (this.unseen > 0) return restingMs >= PATIENCE.youngestMs;
		const { known, isOpen } = this.size;
		return restingMs >= PATIENCE.settleMs || (!isOpen && known !== undefined);
	}
}

/**
 * Deletes every run of a batch that Extend does not work on, and their files if wanted; it looks again until
 * none is left, because runs may become visible late. Safe to do again: what is gone counts as deleted.
 * @returns what was done, also up to a failure
 */
export async function deleteBatch(
	client: ExtendClient,
	batch: Batch,
	withFiles: boolean,
): Promise<{
	failure?: CallFailure;
	result: DeletedBatch;
	/** After a failure, files that may be left without their run. */
	filesLeft: string[];
	warnings: string[];
}> {
	const deletion = new Deletion(client, batch, withFiles);
	const failure = (await deletion.deleteRuns()) ?? (await deletion.deleteFiles());
	const { filesLeft, stillOpen, refusal } = deletion;
	const result = {
		runsDeleted: deletion.runsThatAre('deleted'),
		filesDeleted: deletion.filesThatAre('deleted'),
		stillOpen,
		refused: deletion.runsThatAre('refused') + deletion.filesThatAre('refused'),
	};
	const warnings: string[] = [];
	const { batchId } = batch;
	if (!deletion.isSeen) {
		warnings.push(
			`Extend shows no runs of batch ${batchId}. They may have been deleted already, or are not listed yet. Otherwise, check the ID, and the region and workspace in the credential.`,
		);
	} else if (deletion.unseen > 0) {
		warnings.push(
			`Extend does not show ${count(deletion.unseen, 'run', 'runs')} of batch ${batchId}. ${deletion.unseen === 1 ? 'It was' : 'They were'} deleted already, or will be listed later. Run the node again to be sure.`,
		);
	}
	if (stillOpen > 0) {
		warnings.push(
			`${count(stillOpen, 'run', 'runs')} of batch ${batchId} ${stillOpen === 1 ? 'is' : 'are'} not finished, so ${stillOpen === 1 ? 'it was' : 'they were'} left alone. Turn on Cancel Open Runs First to delete them too.`,
		);
	}
	if (result.refused > 0) {
		const said = refusal === undefined ? '' : ` ${quote(refusal)}`;
		warnings.push(
			`Extend refused to delete ${count(result.refused, 'run or file', 'runs or files')} of batch ${batchId}.${said}`,
		);
	}
	return { failure, result, filesLeft, warnings };
}
