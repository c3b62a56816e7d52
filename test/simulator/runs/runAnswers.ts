import type { Extend } from 'extend-ai';

import { fileSummary } from '../world/files';
import { endedAt, reviewAt, standing, startedAt, type RunRecord } from './runs';
import { finishedSteps, runUsage, stepRunAnswer } from './stepRuns';
import { timestamp } from '../world/timestamps';
import { versionSummary, workflowSummary } from '../world/workflows';

/** A run in a list, as it stands at `at` (Extend SDK, `WorkflowRunSummary`). */
export function runSummary(run: RunRecord, at: number): Extend.WorkflowRunSummary {
	const now = standing(run, at);
	const review = reviewAt(run, at);
	const ended = endedAt(run, at);
	const credits = ended === undefined ? 0 : finishedSteps(run).length * 2;
	return {
		object: 'workflow_run',
		id: run.id,
		status: now.status,
		workflow: workflowSummary(run.workflow),
		workflowVersion: versionSummary(run.version),
		dashboardUrl: dashboardUrl(run),
		reviewedByUser: review?.review.by ?? null,
		reviewedAt: time(run, review?.at),
		initialRunAt: time(run, run.createdAt),
		startTime: time(run, startedAt(run, at)),
		endTime: time(run, ended),
		batchId: run.batchId,
		rejectionNote: review?.review.note ?? null,
		files: run.files.map(fileSummary),
		createdAt: timestamp(run.clock.extendTime(run.createdAt)),
		updatedAt: timestamp(run.clock.extendTime(now.at)),
		usage: ended === undefined ? null : { credits, totalCredits: credits },
	};
}

/** A whole run, as it stands at `at` (Extend SDK, `WorkflowRun`). */
export function runAnswer(run: RunRecord, at: number): Extend.WorkflowRun {
	const now = standing(run, at);
	const review = reviewAt(run, at);
	const ended = endedAt(run, at);
	const steps = finishedSteps(run).filter((step) => step.at <= at);
	return {
		object: 'workflow_run',
		id: run.id,
		workflow: workflowSummary(run.workflow),
		workflowVersion: versionSummary(run.version),
		dashboardUrl: dashboardUrl(run),
		status: now.status,
		metadata: run.metadata,
		batchId: run.batchId,
		files: run.files.map(fileSummary),
		failureReason: now.failure?.reason ?? null,
		failureMessage: now.failure?.message ?? null,
		initialRunAt: time(run, run.createdAt),
		reviewedByUser: review?.review.by ?? null,
		reviewed: review !== undefined,
		rejectionNote: review?.review.note ?? null,
		reviewedAt: time(run, review?.at),
		startTime: time(run, startedAt(run, at)),
		endTime: time(run, ended),
		stepRuns: steps.map((step) => stepRunAnswer(run, step)),
		usage: ended === undefined ? null : runUsage(run, steps),
	};
}

function dashboardUrl(run: RunRecord): string {
	return `https://dashboard.extend.ai/workflows/${run.id}`;
}

function time({ clock }: RunRecord, at: number | undefined): string | null {
	return at === undefined ? null : timestamp(clock.extendTime(at));
}
