import type { INodeProperties } from 'n8n-workflow';

import { workflow } from '../../../extend/api/workflowProperties';
import { STATUS_OPTIONS, fetchRun, inOrderOfLife } from '../../../extend/api/runs';
import type { WorkflowRun, WorkflowRunSummary } from '../../../extend/api/types';
import type { CallResult, ExtendClient } from '../../../extend/client/client';
import { eachAtOnce } from '../../../extend/client/waiting';
import { reasonAmong } from '../../../extend/failures/failure';
import type { CallFailure } from '../../../extend/failures/failure';
import { resultOf } from '../../../extend/rows/reports';
import { output } from '../../../extend/rows/properties';
import type { ReportOutput } from '../../../extend/rows/reports';
import { count } from '../../../items/words';
import { operation } from '../../operation';
import { amount, listUpTo, readAmount } from '../listing';
import { evenIfNew } from '../../waiting/patience';

interface Input {
	/** Most runs to return; Infinity: all. */
	most: number;
	output: ReportOutput;
	/** Empty: of all workflows. */
	workflowId: string;
	/** Empty: every one. */
	statuses: readonly string[];
	fileNameContains: string;
}

/** Runs that are fetched side by side. How many calls are under way is up to the client. */
const FETCHES_AT_ONCE = 32;

const filters: INodeProperties = {
	displayName: 'Filters',
	name: 'filters',
	type: 'collection',
	placeholder: 'Add Filter',
	default: {},
	options: [
		{
			displayName: 'File Name Contains',
			name: 'fileNameContains',
			type: 'string',
			default: '',
			placeholder: 'e.g. invoice',
			description: 'Return only runs whose file name contains this text',
		},
		{
			displayName: 'Status',
			name: 'status',
			type: 'multiOptions',
			options: [...STATUS_OPTIONS],
			default: [],
			description: 'Return only runs with one of these statuses',
		},
	],
};

/** Newest first. Extend takes one status per query, so several are several lists, put together. */
async function listRuns(
	client: ExtendClient,
	{ most, workflowId, statuses, fileNameContains }: Input,
): Promise<CallResult<WorkflowRunSummary[]>> {
	const query = {
		sortBy: 'createdAt',
		sortDir: 'desc',
		...(workflowId === '' ? {} : { workflowId }),
		...(fileNameContains === '' ? {} : { fileNameContains }),
	};
	const queries =
		statuses.length === 0
			? [query]
			: inOrderOfLife(statuses).map((status) => ({ ...query, status }));
	// A run that moves on meanwhile is in two lists; the later one knows better.
	const found = new Map<string, WorkflowRunSummary>();
	for (const each of queries) {
		const listed = await listUpTo<WorkflowRunSummary>(client, '/workflow_runs', each, most);
		if (!listed.ok) return listed;
		for (const run of listed.body) found.set(run.id, run);
	}
	const runs = [...found.values()];
	if (queries.length > 1) {
		const created = ({ createdAt }: WorkflowRunSummary) => Date.parse(createdAt ?? '') || 0;
		runs.sort((one, other) => created(other) - created(one));
	}
	return { ok: true, body: runs.slice(0, most) };
}

/** Fetches runs whole, in their order. @returns also how many Extend does not find any more */
async function fetchAll(
	client: ExtendClient,
	runs: readonly WorkflowRunSummary[],
): Promise<CallResult<{ whole: WorkflowRun[]; missing: number }>> {
	const whole: Array<WorkflowRun | undefined> = runs.map(() => undefined);
	let end: CallFailure | undefined;
	await eachAtOnce(runs.keys(), FETCHES_AT_ONCE, async (index) => {
		if (end !== undefined) return;
		const { id } = runs[index]!;
		const fetched = await evenIfNew(client, async () => await fetchRun(client, id));
		if (fetched.ok) whole[index] = fetched.body;
		else if (fetched.failure.status !== 404) end = reasonAmong(end, fetched.failure);
	});
	if (end !== undefined) return { ok: false, failure: end };
	const found = whole.filter((run) => run !== undefined);
	return { ok: true, body: { whole: found, missing: runs.length - found.length } };
}

export const getAll = operation<Input>({
	resource: 'run',
	value: 'getAll',
	name: 'Get Many',
	action: 'Get many runs',
	description: 'List workflow runs, newest first, with or without their results',
	properties: [
		{
			...workflow,
			required: false,
			description: 'The Extend workflow whose runs to return. Leave empty for all workflows.',
		},
		...amount,
		output({
			simplified: 'One flat row per run with the extracted values; takes one call per run',
			summary: 'Status, files and times only; takes one call per 1,000 runs',
			full: 'Everything that Extend knows about each run; takes one call per run',
		}),
		filters,
	],
	task: 'The runs could not be listed',
	subject: 'workflow',
	read: (read, itemIndex) => ({
		most: readAmount(read, itemIndex),
		output: read.choice('output', itemIndex) as ReportOutput,
		workflowId: read.id('workflow', 'workflow', itemIndex),
		statuses: read.choices('filters.status', itemIndex),
		fileNameContains: read.line('filters.fileNameContains', itemIndex),
	}),
	perform: async ({ client, warn }, input) => {
		const listed = await listRuns(client, input);
		if (!listed.ok) return listed;
		if (input.output === 'summary') {
			const items = listed.body.map((run) => ({ json: resultOf(run, 'summary') }));
			return { ok: true, items };
		}
		const fetched = await fetchAll(client, listed.body);
		if (!fetched.ok) return fetched;
		const { whole, missing } = fetched.body;
		if (missing > 0) {
			warn(
				`${count(missing, 'run', 'runs')} that Extend listed could not be found a moment later and ${missing === 1 ? 'is' : 'are'} left out. Somebody may have deleted ${missing === 1 ? 'it' : 'them'}.`,
			);
		}
		return { ok: true, items: whole.map((run) => ({ json: resultOf(run, input.output) })) };
	},
});
