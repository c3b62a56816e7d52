import type { Backend } from '../world/backend';
import { invalidRequest, notFound } from '../http/errors';
import { review } from './lifeCycle';
import { standing, type RunRecord } from './runs';

/** What a reviewer can decide. */
export const REVIEW_DECISIONS = ['approve', 'reject'] as const;

/** What a reviewer decides. */
export type ReviewDecision = (typeof REVIEW_DECISIONS)[number];

/**
 * Stands in for a reviewer at Extend's dashboard, since the API has no call for this. Throws when the
 * run is unknown (404) or not in review (400).
 */
export function reviewRun(backend: Backend, runId: string, decision: ReviewDecision): RunRecord {
	const now = backend.now();
	const run = backend.main.runs.get(runId, Infinity);
	if (!run) throw notFound('Workflow run', runId);
	const { status } = standing(run, now);
	if (status !== 'NEEDS_REVIEW') throw invalidRequest(`The run is ${status}, not in review`);
	backend.webhooks.redirect(backend.main, run, now, review(decision === 'approve', now));
	return run;
}
