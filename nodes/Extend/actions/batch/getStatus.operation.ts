import type { IDataObject } from 'n8n-workflow';

import { OPEN_STATUSES, listRuns } from '../../../extend/api/runs';
import type { WorkflowRunSummary } from '../../../extend/api/types';
import { operation } from '../../operation';
import { batchId, readBatch } from './batch';
import type { Batch } from './batch';

/** Statuses that each item tells of, also where there is no such run. */
const TOLD_STATUSES = [
	'PENDING',
	'PROCESSING',
	'CANCELLING',
	'NEEDS_REVIEW',
	'PROCESSED',
	'FAILED',
	'REJECTED',
	'CANCELLED',
];

/** `NEEDS_REVIEW` as a field: `needsReview`. */
function fieldOf(status: string): string {
	return status.toLowerCase().replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function countsOf(runs: readonly WorkflowRunSummary[]): IDataObject {
	const counts = new Map(TOLD_STATUSES.map((status) => [fieldOf(status), 0]));
	for (const { status } of runs) {
		// No field may be called `error`, which n8n takes for a failure.
		const field = status === 'ERROR' ? 'inError' : fieldOf(status);
		counts.set(field, (counts.get(field) ?? 0) + 1);
	}
	return Object.fromEntries(counts);
}

export const getStatus = operation<Batch>({
	resource: 'batch',
	value: 'getStatus',
	name: 'Get Status',
	action: 'Get the status of a batch',
	description:
		'Count the runs of a batch by status without waiting for them, with one call per 1,000 runs',
	properties: [batchId],
	task: 'The status of the batch could not be read',
	subject: 'batch',
	read: readBatch,
	keyOf: ({ batchId: id }) => id,
	perform: async ({ client, warn }, { batchId: id, size = 0 }) => {
		const listed = await listRuns(client, id);
		if (!listed.ok) return listed;
		const runs = listed.body;
		const open = runs.filter(({ status }) => OPEN_STATUSES.includes(status)).length;
		if (runs.length === 0) {
			warn(
				`Extend shows no runs of batch ${id}. Unless it is brand new, check its ID, and the region and workspace in the credential.`,
			);
		}
		const finished = runs.length > 0 && open === 0 && runs.length >= size;
		const json = { batchId: id, runCount: runs.length, finished, open, ...countsOf(runs) };
		return { ok: true, items: [{ json }] };
	},
});
