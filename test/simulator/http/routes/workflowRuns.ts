import type { Backend } from '../../world/backend';
import { invalidRequest, notFound } from '../errors';
import type { Call } from '../exchange';
import { cancellation } from '../../runs/lifeCycle';
import { listAnswer } from '../pages';
import { runAnswer, runSummary } from '../../runs/runAnswers';
import type { RunQuery } from '../../runs/runIndex';
import { batchRequest, runRequest } from '../../runs/runRequests';
import { RUN_STATUSES, standing, touch, type RunRecord } from '../../runs/runs';
import { Submissions } from '../../runs/submissions';
import { objectAt, optionalObjectAt, optionalStringAt } from '../validation';
import { optionOf, pageRequest, SORT_DIRECTIONS, textOf } from './listing';
import type { Registrar } from './registrar';

const SORT_KEYS = ['updatedAt', 'createdAt'] as const;

/** `/workflow_runs` (Extend SDK, `workflowRuns`). */
export function workflowRunRoutes(api: Registrar, backend: Backend): void {
	const submissions = new Submissions(backend);

	api.on('POST', '/workflow_runs', (call) => {
		const request = runRequest(call.request.body);
		return runAnswer(submissions.acceptRun(call.workspace, request), backend.now());
	});

	api.on('POST', '/workflow_runs/batch', (call) => ({
		batchId: submissions.acceptBatch(call.workspace, batchRequest(call.request.body)),
	}));

	api.on('GET', '/workflow_runs', (call) => {
		const query = runQuery(call);
		const now = backend.now();
		const page = pageRequest(backend, call, query);
		return listAnswer(call.workspace.runs.list(query, page, now), (run) => runSummary(run, now));
	});

	api.on('GET', '/workflow_runs/:id', (call) => {
		const now = backend.now();
		return runAnswer(runOf(call, now), now);
	});

	api.on('POST', '/workflow_runs/:id', (call) => {
		const now = backend.now();
		const run = runOf(call, now);
		const body = objectAt('', call.request.body);
		const name = optionalStringAt('name', body.name);
		if (name !== undefined) backend.ledger.names.set(run.id, name);
		const metadata = optionalObjectAt('metadata', body.metadata);
		if (metadata) run.metadata = { ...run.metadata, ...metadata };
		touch(run, now);
		return runAnswer(run, now);
	});

	api.on('POST', '/workflow_runs/:id/cancel', (call) => {
		const now = backend.now();
		const run = runOf(call, now);
		const { status } = standing(run, now);
		if (status !== 'PENDING' && status !== 'PROCESSING') {
			throw invalidRequest(`Cannot cancel a workflow run in the terminal state ${status}`);
		}
		const next = cancellation(now, backend.settings.cancelMs);
		backend.webhooks.redirect(call.workspace, run, now, next);
		return runAnswer(run, now);
	});

	api.on('DELETE', '/workflow_runs/:id', (call) => {
		const run = runOf(call, backend.now());
		call.workspace.runs.delete(run);
		return { id: run.id };
	});
}

function runQuery(call: Call): RunQuery {
	return {
		status: optionOf(call, 'status', RUN_STATUSES),
		workflowId: textOf(call, 'workflowId'),
		batchId: textOf(call, 'batchId'),
		fileNameContains: textOf(call, 'fileNameContains'),
		sortBy: optionOf(call, 'sortBy', SORT_KEYS) ?? 'updatedAt',
		sortDir: optionOf(call, 'sortDir', SORT_DIRECTIONS) ?? 'desc',
	};
}

function runOf(call: Call, now: number): RunRecord {
	const id = call.param('id');
	const run = call.workspace.runs.get(id, now);
	if (run) return run;
	throw notFound('Workflow run', id);
}
