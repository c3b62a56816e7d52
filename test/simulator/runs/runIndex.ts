import { cutPage, type PageRequest, type SortDirection } from '../http/pages';
import { standing, type RunRecord, type RunStatus } from './runs';

/** Which runs to list, and in which order (Extend SDK, `WorkflowRunsListRequest`). */
export interface RunQuery {
	status?: RunStatus;
	workflowId?: string;
	batchId?: string;
	/** Part of a file's name, in any case. */
	fileNameContains?: string;
	sortBy: 'createdAt' | 'updatedAt';
	sortDir: SortDirection;
}

/** The runs of one workspace, kept so that a batch or a workflow of any size is quick to list. */
export class RunIndex {
	private readonly all: RunRecord[] = [];
	private readonly byId = new Map<string, RunRecord>();
	private readonly byBatch = new Map<string, RunRecord[]>();
	private readonly byWorkflow = new Map<string, RunRecord[]>();
	/** Whether the runs, in order of `seq`, are in order of the dates they show, too. */
	private isInOrder = true;

	/** Adds a run. Its `seq` must be higher than that of every run before. */
	add(run: RunRecord): void {
		const last = this.all.at(-1);
		this.isInOrder &&= !last || dateOf(last) <= dateOf(run);
		this.all.push(run);
		this.byId.set(run.id, run);
		append(this.byWorkflow, run.workflow.id, run);
		if (run.batchId !== null) append(this.byBatch, run.batchId, run);
	}

	/** The run with this id, if it exists and can be read at `now`. */
	get(id: string, now: number): RunRecord | undefined {
		const run = this.byId.get(id);
		return run && run.readableAt <= now ? run : undefined;
	}

	/** Removes a run for good. */
	delete(run: RunRecord): void {
		run.deleted = true;
		this.byId.delete(run.id);
	}

	/** How many runs there are, by their status at `now`. */
	countByStatus(now: number): Partial<Record<RunStatus, number>> {
		const counts: Partial<Record<RunStatus, number>> = {};
		for (const run of this.byId.values()) {
			const { status } = standing(run, now);
			counts[status] = (counts[status] ?? 0) + 1;
		}
		return counts;
	}

	/** Every run, oldest first. */
	values(): IterableIterator<RunRecord> {
		return this.byId.values();
	}

	/**
	 * One page of runs. Order and membership are those of `page.since`; the status filter looks at
	 * `now`, so that no run is listed under a status it has left.
	 */
	list(
		query: RunQuery,
		page: PageRequest,
		now: number,
	): { records: RunRecord[]; nextPageToken?: string } {
		const accepts = this.filter(query, page.since, now);
		const candidates = this.candidates(query);
		if (query.sortBy === 'createdAt') {
			return this.isInOrder
				? cutInOrder(candidates, accepts, query.sortDir, page)
				: cutPage(candidates.filter(accepts), dateOf, query.sortDir, page);
		}
		const lastChange = (run: RunRecord) => run.clock.extendTime(standing(run, page.since).at);
		return cutPage(candidates.filter(accepts), lastChange, query.sortDir, page);
	}

	private candidates({ batchId, workflowId }: RunQuery): readonly RunRecord[] {
		if (batchId !== undefined) return this.byBatch.get(batchId) ?? [];
		if (workflowId !== undefined) return this.byWorkflow.get(workflowId) ?? [];
		return this.all;
	}

	private filter(query: RunQuery, since: number, now: number): (run: RunRecord) => boolean {
		const { status, workflowId, fileNameContains } = query;
		const part = fileNameContains?.toLowerCase();
		return (run) =>
			!run.deleted &&
			run.visibleAt <= since &&
			(workflowId === undefined || run.workflow.id === workflowId) &&
			(part === undefined || run.files.some(({ name }) => name.toLowerCase().includes(part))) &&
			(status === undefined || standing(run, now).status === status);
	}
}

/** The date of creation that a run shows. */
function dateOf({ clock, createdAt }: RunRecord): number {
	return clock.extendTime(createdAt);
}

/** Cuts a page out of runs whose dates of creation are in order, so that nothing needs sorting. */
function cutInOrder(
	runs: readonly RunRecord[],
	accepts: (run: RunRecord) => boolean,
	direction: SortDirection,
	page: PageRequest,
): { records: RunRecord[]; nextPageToken?: string } {
	const step = direction === 'asc' ? 1 : -1;
	const records: RunRecord[] = [];
	for (let index = firstIndex(runs, direction, page); runs[index]; index += step) {
		const run = runs[index] as RunRecord;
		if (!accepts(run)) continue;
		const last = records.at(-1);
		if (last && records.length === page.size) {
			return { records, nextPageToken: page.tokenAfter({ value: dateOf(last), seq: last.seq }) };
		}
		records.push(run);
	}
	return { records };
}

function firstIndex(
	runs: readonly RunRecord[],
	direction: SortDirection,
	{ after }: PageRequest,
): number {
	if (!after) return direction === 'asc' ? 0 : runs.length - 1;
	let low = 0;
	let high = runs.length;
	while (low < high) {
		const middle = (low + high) >> 1;
		if ((runs[middle] as RunRecord).seq <= after.seq) low = middle + 1;
		else high = middle;
	}
	if (direction === 'asc') return low;
	return (runs[low - 1]?.seq === after.seq ? low - 1 : low) - 1;
}

function append(index: Map<string, RunRecord[]>, key: string, run: RunRecord): void {
	const runs = index.get(key);
	if (runs) runs.push(run);
	else index.set(key, [run]);
}
