import type { Clock } from '../world/clock';
import type { FileRecord } from '../world/files';
import type { JsonObject } from '../http/json';
import type { VersionRecord, WorkflowRecord } from '../world/workflows';

/** Statuses of a workflow run (Extend SDK, `WorkflowRunStatus`). */
export const RUN_STATUSES = [
	'PENDING',
	'PROCESSING',
	'NEEDS_REVIEW',
	'REJECTED',
	'PROCESSED',
	'FAILED',
	'CANCELLED',
	'CANCELLING',
] as const;

/** The status of a workflow run. */
export type RunStatus = (typeof RUN_STATUSES)[number];

/** The moment a run reaches a status, or is touched without changing it. */
export interface Transition {
	/** Milliseconds since 1970; may lie in the future. */
	readonly at: number;
	readonly status: RunStatus;
	/** Why the run failed. */
	readonly failure?: RunFailure;
	/** What a reviewer decided. */
	readonly review?: RunReview;
}

/** A period in milliseconds since 1970. */
export interface Period {
	start: number;
	/** May be infinite. */
	end: number;
}

/** Why a run failed. */
export interface RunFailure {
	reason: string;
	message: string;
}

/** What a human reviewer decided. */
export interface RunReview {
	/** Email address. */
	by: string;
	note: string | null;
}

/**
 * A workflow run. Its whole future is laid down when it is accepted; where it stands is worked out
 * from the clock, so no run needs a timer.
 */
export interface RunRecord {
	readonly seq: number;
	readonly id: string;
	readonly workflow: WorkflowRecord;
	readonly version: VersionRecord;
	readonly batchId: string | null;
	metadata: JsonObject;
	readonly files: readonly FileRecord[];
	/** What its dates are written by; its own times are real ones. */
	readonly clock: Clock;
	/** Milliseconds since 1970. */
	readonly createdAt: number;
	/** From when lists show it. */
	readonly visibleAt: number;
	/** From when it can be retrieved. */
	readonly readableAt: number;
	/** When its steps are carried out, unless it is cancelled before. */
	readonly processing: Period;
	/** In order of time; the first is when it was accepted. */
	timeline: [Transition, ...Transition[]];
	/** Grows when the timeline is changed from outside, so that planned events can be dropped. */
	revision: number;
	deleted: boolean;
}

const FINAL: readonly RunStatus[] = ['PROCESSED', 'FAILED', 'REJECTED', 'CANCELLED'];

/** Where a run stands at a time (milliseconds since 1970). */
export function standing(run: RunRecord, at: number): Transition {
	let current = run.timeline[0];
	for (const transition of run.timeline) {
		if (transition.at > at) break;
		current = transition;
	}
	return current;
}

/** Whether nothing more will happen to a run with this status. */
export function isFinal(status: RunStatus): boolean {
	return FINAL.includes(status);
}

/** When processing started, or undefined if it has not at that time. */
export function startedAt(run: RunRecord, at: number): number | undefined {
	return firstTime(run, at, (status) => status === 'PROCESSING');
}

/** When the run came to its end, or undefined if it has not at that time. */
export function endedAt(run: RunRecord, at: number): number | undefined {
	return firstTime(run, at, isFinal);
}

/** The last review decision at that time. */
export function reviewAt(
	run: RunRecord,
	at: number,
): (Transition & { review: RunReview }) | undefined {
	for (const { review, ...transition } of run.timeline) {
		if (transition.at <= at && review) return { ...transition, review };
	}
	return undefined;
}

/** When processing stops, by itself or because of a cancel call; may lie in the future. */
export function processedUntil(run: RunRecord): number {
	const stop = run.timeline.find(({ status }) => status !== 'PENDING' && status !== 'PROCESSING');
	return stop?.at ?? Infinity;
}

/** Why the run fails, or undefined when it does not; may lie in the future. */
export function plannedFailure(run: RunRecord): RunFailure | undefined {
	return run.timeline.find(({ failure }) => failure)?.failure;
}

/** Replaces everything that lies ahead of `now` by the given transitions. */
export function redirect(run: RunRecord, now: number, next: readonly Transition[]): void {
	const [first, ...rest] = run.timeline;
	run.timeline = [first, ...rest.filter(({ at }) => at <= now), ...next];
	run.revision += 1;
}

/** Notes a change that leaves the status as it is, so that `updatedAt` moves. */
export function touch(run: RunRecord, now: number): void {
	const touched = { ...standing(run, now), at: now };
	const [first, ...rest] = run.timeline;
	const past = rest.filter(({ at }) => at <= now);
	run.timeline = [first, ...past, touched, ...rest.filter(({ at }) => at > now)];
}

function firstTime(
	run: RunRecord,
	at: number,
	wanted: (status: RunStatus) => boolean,
): number | undefined {
	for (const transition of run.timeline) {
		if (transition.at > at) return undefined;
		if (wanted(transition.status)) return transition.at;
	}
	return undefined;
}
