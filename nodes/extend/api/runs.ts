import type { CallResult } from '../client/client';
import { ExtendClient, TIMEOUTS_MS } from '../client/client';
import type { WorkflowRun, WorkflowRunSummary } from './types';

/** The statuses of a run, as the editor offers them. */
export const STATUS_OPTIONS = [
	{ name: 'Cancelled', value: 'CANCELLED' },
	{ name: 'Cancelling', value: 'CANCELLING' },
	{ name: 'Failed', value: 'FAILED' },
	{ name: 'Needs Review', value: 'NEEDS_REVIEW' },
	{ name: 'Pending', value: 'PENDING' },
	{ name: 'Processed', value: 'PROCESSED' },
	{ name: 'Processing', value: 'PROCESSING' },
	{ name: 'Rejected', value: 'REJECTED' },
] as const;

/**
 * Statuses of runs on which Extend still works. Every other one is an end of it, also those that are not
 * known yet, as in `pollUntilDone` of the official SDK.
 */
export const OPEN_STATUSES: readonly string[] = ['PENDING', 'PROCESSING', 'CANCELLING'];

/** Statuses in which a run can be cancelled, and in which order that saves most. */
export const CANCELLABLE_STATUSES: readonly string[] = ['PENDING', 'PROCESSING'];

/** Statuses that a run leaves again, in the order in which it has them. */
const PASSING_STATUSES = ['PENDING', 'PROCESSING', 'CANCELLING', 'NEEDS_REVIEW'];

/**
 * Puts statuses into the order in which a run has them. Who asks for one after the other in this order sees
 * a run twice that moves on meanwhile; in another order perhaps never.
 */
export function inOrderOfLife(statuses: readonly string[]): string[] {
	const isPassing = (status: string) => PASSING_STATUSES.includes(status);
	return [
		...PASSING_STATUSES.filter((status) => statuses.includes(status)),
		...statuses.filter((status) => !isPassing(status)),
	];
}

/** The status of runs that wait for a person, perhaps for days. */
export const REVIEW_STATUS = 'NEEDS_REVIEW';

/** Most inputs that Extend takes in one batch (`WorkflowRunsCreateBatchRequest` of the official SDK). */
export const LARGEST_BATCH = 1000;

/** How long after it is listed a run may answer 404 before it counts as deleted, in milliseconds. */
export const READABLE_WITHIN_MS = 30_000;

/**
 * Lists all runs of a batch, each once, by the time of their creation. That order does not move while runs
 * are processed, unlike Extend's default order; so no page misses or repeats a run. It is not the order of
 * the inputs.
 */
export async function listRuns(
	client: ExtendClient,
	batchId: string,
): Promise<CallResult<WorkflowRunSummary[]>> {
	return await client.list('/workflow_runs', { batchId, sortBy: 'createdAt', sortDir: 'asc' });
}

/** When a run of a list was created, in milliseconds of Extend's clock; NaN if it does not tell. */
export function createdAtOf({
	createdAt,
	initialRunAt,
}: {
	createdAt?: string | null;
	initialRunAt?: string | null;
}): number {
	return Date.parse(createdAt ?? initialRunAt ?? '');
}

/**
 * Lists the runs of a workflow that were created since a time, the newest first.
 * @param since in milliseconds of Extend's clock; asked when the first answer has told that clock
 */
export async function listRunsSince(
	client: ExtendClient,
	workflowId: string,
	since: () => number,
): Promise<CallResult<WorkflowRunSummary[]>> {
	let time: number | undefined;
	return await client.list<WorkflowRunSummary>(
		'/workflow_runs',
		{ workflowId, sortBy: 'createdAt', sortDir: 'desc' },
		(run) => createdAtOf(run) < (time ??= since()),
	);
}

/** Whether a batch has a run with this status; the smallest question that Extend can be asked about it. */
export async function hasRunWith(
	client: ExtendClient,
	batchId: string,
	status: string,
): Promise<CallResult<boolean>> {
	const page = await client.page('/workflow_runs', { batchId, status, maxPageSize: 1 });
	return page.ok ? { ok: true, body: page.body.data.length > 0 } : page;
}

/** Fetches a run whole, with its metadata and the results of its steps. */
export async function fetchRun(
	client: ExtendClient,
	runId: string,
	isWanted?: () => boolean,
): Promise<CallResult<WorkflowRun>> {
	const call = ExtendClient.getOne('/workflow_runs', runId);
	return await client.attempt<WorkflowRun>({ ...call, isWanted });
}

/**
 * Asks Extend to cancel a run that is open. It does no harm to ask twice; a run that is not open is refused
 * (4xx, of which kind is not documented).
 * @returns the run, which is being cancelled or is cancelled
 */
export async function cancelRun(
	client: ExtendClient,
	runId: string,
): Promise<CallResult<WorkflowRun>> {
	return await client.attempt<WorkflowRun>({
		category: 'WRITE',
		method: 'POST',
		path: `/workflow_runs/${encodeURIComponent(runId)}/cancel`,
		id: runId,
		repeatable: 'repeat',
		timeoutMs: TIMEOUTS_MS.write,
		body: async () => ({}),
	});
}

/** Deletes a run for good; its files stay. A 404 says that there is none, or that it cannot be read yet. */
export async function deleteRun(client: ExtendClient, runId: string): Promise<CallResult<object>> {
	return await client.attempt<object>({
		category: 'WRITE',
		method: 'DELETE',
		path: `/workflow_runs/${encodeURIComponent(runId)}`,
		repeatable: 'repeat',
		timeoutMs: TIMEOUTS_MS.write,
	});
}

/** Changes of a run; what is absent stays as it is. */
export interface RunChanges {
	name?: string;
	/** Merged into the metadata that the run has: each key replaces one of the same name. */
	metadata?: Record<string, unknown>;
}

/** Changes a run, whether it is finished or not. @returns the run, whole */
export async function updateRun(
	client: ExtendClient,
	runId: string,
	changes: RunChanges,
): Promise<CallResult<WorkflowRun>> {
	return await client.attempt<WorkflowRun>({
		category: 'WRITE',
		method: 'POST',
		path: `/workflow_runs/${encodeURIComponent(runId)}`,
		id: runId,
		repeatable: 'repeat',
		timeoutMs: TIMEOUTS_MS.write,
		body: async () => changes,
	});
}
