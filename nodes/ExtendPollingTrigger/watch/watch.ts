import type { WorkflowRunSummary } from '../../extend/api/types';
import { openStatuses, standingOf } from '../../extend/runs/standing';
import { OpenBatches } from './openBatches';
import type { OpenBatch } from './openBatches';
import { Reported } from './reported';
import type { OwedRun, PollState } from './state';
import { advance, begin, beginAgain, isNews, isOnlyTouched, timeOf } from './watermark';

/** What to watch. */
export interface WatchSettings {
	event: 'batch.finished' | 'run.finished';
	/** Ids of Extend workflows; all if there are none. */
	workflows: readonly string[];
	/** Ids of batches; all if there are none. */
	batchIds: readonly string[];
	/** Statuses of runs that count; all if there are none. */
	statuses: readonly string[];
	reviewCountsAsFinished: boolean;
}

/** Whether a run belongs to what is watched. */
export function isWatched(
	{ workflow, batchId }: Pick<WorkflowRunSummary, 'workflow' | 'batchId'>,
	{ workflows, batchIds }: Pick<WatchSettings, 'workflows' | 'batchIds'>,
): boolean {
	if (workflows.length > 0 && !workflows.includes(workflow?.id ?? '')) return false;
	return batchIds.length === 0 || batchIds.includes(batchId ?? '');
}

/** With so many runs to fetch, these come first. */
const MOST_OWED_RUNS = 1_000;

/** A key for a run that came to rest: it may do so again after a review. */
export function runKey({ id, status }: Pick<OwedRun, 'id' | 'status'>): string {
	return `${id}:${status}`;
}

function batchKey(batchId: string): string {
	return `batch ${batchId}`;
}

/**
 * Decides what Extend's list of changed runs means: which runs came to rest, about which batches to ask, what
 * has been reported. Pure: it is told what Extend lists, and Extend's time.
 */
export class Watch {
	private watermark: PollState['watermark'];

	private readonly reported: Reported;

	private readonly batches: OpenBatches;

	/** Runs that the list of all changes showed at rest in this poll. */
	private readonly atRest = new Set<string>();

	private readonly owedRuns = new Map<string, OwedRun>();

	private begun: number;

	private met: NonNullable<PollState['met']>;

	private readonly open: readonly string[];

	private constructor(
		state: PollState,
		private readonly settings: WatchSettings,
	) {
		this.watermark = state.watermark;
		this.met = { before: 0, now: 0, ...state.met };
		this.reported = new Reported(state.reported);
		this.batches = new OpenBatches(this.isOfBatches ? state.batches : []);
		if (!this.isOfBatches) for (const run of state.owed) this.owedRuns.set(runKey(run), run);
		this.begun = state.begun;
		this.open = openStatuses(settings.reviewCountsAsFinished);
	}

	/** Begins to watch. What is on the first page has happened before, but batches of which a run is open have not ended. */
	static begin(page: readonly WorkflowRunSummary[], settings: WatchSettings, now: number): Watch {
		const watermark = begin(page);
		const begun = watermark.since;
		const watch = new Watch({ watermark, reported: '', batches: [], owed: [], begun }, settings);
		for (const run of page) {
			if (watch.isOpen(run)) watch.take(run, now);
			else watch.reported.add(runKey(run));
		}
		return watch;
	}

	/** Goes on with what was saved. */
	static resume(state: PollState, settings: WatchSettings): Watch {
		return new Watch(state, settings);
	}

	/** What is to be saved. */
	get state(): PollState {
		return {
			watermark: this.watermark,
			reported: this.reported.text,
			met: this.met,
			batches: this.batches.saved(),
			owed: [...this.owedRuns.values()],
			begun: this.begun,
		};
	}

	/** Where the list of changes goes on, if a look at it is not over. */
	get token(): string | undefined {
		return this.watermark.look?.token || undefined;
	}

	/** Whether so much is to be done that nothing more should be looked for. */
	get isFull(): boolean {
		return this.batches.isFull || this.owedRuns.size >= MOST_OWED_RUNS;
	}

	/**
	 * Takes in a page of the list of changed runs, newest first.
	 * @param token where the list goes on
	 * @returns whether the look is complete
	 */
	takePage(
		page: readonly WorkflowRunSummary[],
		token: string | null | undefined,
		now: number,
	): boolean {
		for (const run of page) if (isNews(this.watermark, run)) this.take(run, now);
		this.watermark = advance(this.watermark, page, token, now);
		const isComplete = this.watermark.look === null;
		if (isComplete) this.met = { before: this.met.now, now: 0 };
		return isComplete;
	}

	/** The place in the list was lost, so that it has to be gone through from the top. */
	losePlace(): void {
		this.watermark = beginAgain(this.watermark);
	}

	/** Runs that came to rest and are to be reported, with what the list said of them. */
	get owed(): OwedRun[] {
		return [...this.owedRuns.values()];
	}

	/** A run has been reported, or there is nothing to report of it. */
	settleRun(run: OwedRun): void {
		this.owedRuns.delete(runKey(run));
		this.reported.needed = this.met.before + this.met.now;
		this.reported.add(runKey(run));
	}

	/** The batches to ask Extend about. */
	due(now: number): OpenBatch[] {
		return this.batches.due(now);
	}

	/** Whether some of the runs are open. */
	hasOpenRuns(runs: readonly WorkflowRunSummary[]): boolean {
		return runs.some((run) => this.isOpen(run));
	}

	/**
	 * Extend listed all runs of a batch.
	 * @param size how many there should be, if a reference tells
	 * @returns whether the batch is finished
	 */
	seeBatch(
		batchId: string,
		runs: readonly WorkflowRunSummary[],
		size: number | undefined,
		now: number,
	): boolean {
		const { reviewCountsAsFinished } = this.settings;
		const open = runs.filter((run) => this.isOpen(run)).map(({ id }) => id);
		const changes = runs.map((run) => timeOf(run.updatedAt) ?? timeOf(run.createdAt) ?? 0);
		const newest = changes.reduce((one, other) => Math.max(one, other), 0);
		const standing = standingOf({
			statuses: open.length > 0 ? this.open : runs.map(() => 'PROCESSED'),
			size,
			isSeen: runs.length > 0,
			restingMs: now - newest,
			reviewCountsAsFinished,
		});
		if (standing === 'finished') return true;
		if (runs.length === 0) this.batches.seeNone(batchId, now);
		else this.seeUnfinished(batchId, open, now);
		return false;
	}

	/** The list of a batch can be behind that of all changes, of which no more may come. */
	private seeUnfinished(batchId: string, listedOpen: readonly string[], now: number): void {
		const open = listedOpen.filter((id) => !this.atRest.has(id));
		this.batches.seeList(batchId, open, now, now);
	}

	/** A batch has been reported, or there is nothing to report of it. */
	settleBatch(batchId: string): void {
		this.batches.drop(batchId);
		const isForgetful = this.reported.add(batchKey(batchId));
		if (isForgetful) this.begun = Math.max(this.begun, this.watermark.since);
	}

	private get isOfBatches(): boolean {
		return this.settings.event === 'batch.finished';
	}

	/** Whether Extend works on a run, or a review is open that counts. After an approval a run goes on, but it was at rest before. */
	private isOpen(run: WorkflowRunSummary): boolean {
		return this.open.includes(run.status) && !this.isReviewed(run);
	}

	private isReviewed({ reviewedAt }: WorkflowRunSummary): boolean {
		return this.settings.reviewCountsAsFinished && Boolean(reviewedAt);
	}

	private take(run: WorkflowRunSummary, now: number): void {
		if (!isWatched(run, this.settings)) return;
		if (this.isOfBatches) this.takeOfBatch(run, now);
		else this.takeRun(run, now);
	}

	private takeRun(run: WorkflowRunSummary, now: number): void {
		const { statuses } = this.settings;
		const { id, status } = run;
		// After an approval, a run is not at rest before it has gone on.
		if (this.open.includes(status) || isOnlyTouched(this.watermark, run)) return;
		if (statuses.length > 0 && !statuses.includes(status)) return;
		const key = runKey(run);
		this.met.now++;
		if (this.reported.see(key) || this.owedRuns.has(key)) return;
		this.owedRuns.set(key, { id, status, since: now });
	}

	private takeOfBatch(run: WorkflowRunSummary, now: number): void {
		const { id, batchId } = run;
		if (!batchId || this.reported.has(batchKey(batchId))) return;
		if (this.isOpen(run)) {
			this.batches.seeOpen(batchId, id, now);
		} else if (this.batches.find(batchId) !== undefined || this.mayBeNew(run)) {
			this.atRest.add(id);
			this.batches.seeAtRest(batchId, id, now);
		}
	}

	/** Whether a run at rest can be of a batch that is not known and was not reported. */
	private mayBeNew(run: WorkflowRunSummary): boolean {
		if (this.reported.has(runKey(run)) || isOnlyTouched(this.watermark, run)) return false;
		// It was at rest when it went to review, and that may have finished the batch long ago.
		const created = timeOf(run.createdAt) ?? timeOf(run.initialRunAt);
		return !this.isReviewed(run) || (created !== undefined && created > this.begun);
	}
}
