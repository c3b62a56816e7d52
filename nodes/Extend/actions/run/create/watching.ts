import { READABLE_WITHIN_MS, fetchRun } from '../../../../extend/api/runs';
import type { WorkflowRun, WorkflowRunSummary } from '../../../../extend/api/types';
import type { CallResult, ExtendClient } from '../../../../extend/client/client';
import { steadyNow } from '../../../../extend/client/clock';
import { SLICE_MS, eachAtOnce, pause } from '../../../../extend/client/waiting';
import { concernsAll } from '../../../../extend/failures/failure';
import type { CallFailure } from '../../../../extend/failures/failure';
import { createdAtOf, earliestCreation } from '../../../../extend/runs/creation';
import type { Sending } from '../../../../extend/runs/creation';

const FIRST_PAUSE_MS = 500;
const PAUSE_GROWTH = 1.3;
const LONGEST_PAUSE_MS = 10_000;

/** So few runs of a workflow are asked for one by one; of more, their list is read. */
const FEW = 3;

/** Runs that are fetched side by side. How many calls are under way is up to the client. */
const FETCHES_AT_ONCE = 32;

/** How long a run may not be listed before it is asked for by itself, in milliseconds. */
const UNLISTED_MS = 15_000;

/** How long asking may fail before waiting is given up, in milliseconds. */
const LONGEST_TROUBLE_MS = 5 * 60_000;

/** A run that is waited for. */
export interface WatchedRun extends Sending {
	id: string;
	workflowId: string;
	/** On the steady clock. */
	deadline: number;
	/** Statuses in which it is waited for. */
	open: readonly string[];
}

/** How waiting ended; without a failure, but out of time, with the run as it was seen last, if it was. */
export type Watched = CallResult<{ run: WorkflowRun | undefined; isFinished: boolean }>;

interface Awaited extends WatchedRun {
	since: number;
	/** When a list or an answer last showed it. */
	seenAt: number;
	last?: WorkflowRun;
	settle: (watched: Watched) => void;
}

/**
 * Waits for runs, for many at once with few calls: one list tells of a thousand which are finished, and only
 * these are fetched.
 */
export class RunWatch {
	private readonly awaited = new Map<string, Awaited>();

	private isWatching = false;

	private nextLookAt = 0;

	private pauseMs = FIRST_PAUSE_MS;

	private troubleSince: number | undefined;

	constructor(private readonly client: ExtendClient) {}

	/** Waits until a run is finished, the time is over, or Extend cannot be asked. */
	async until(run: WatchedRun): Promise<Watched> {
		return await new Promise((settle) => {
			const now = steadyNow();
			this.awaited.set(run.id, { ...run, since: now, seenAt: now, settle });
			this.pauseMs = FIRST_PAUSE_MS;
			this.nextLookAt = Math.min(
				this.isWatching ? this.nextLookAt : Infinity,
				now + FIRST_PAUSE_MS,
			);
			if (this.isWatching) return;
			this.isWatching = true;
			void this.watch();
		});
	}

	private async watch(): Promise<void> {
		while (this.awaited.size > 0) {
			while (steadyNow() < this.nextLookAt) {
				if (!(await pause(Math.min(SLICE_MS, this.nextLookAt - steadyNow()), this.client.signal)))
					break;
			}
			if (this.client.signal?.aborted === true) {
				this.giveUp({ kind: 'cancelled', message: '' });
				break;
			}
			const before = this.awaited.size;
			this.note(await this.look());
			for (const run of this.awaited.values()) if (steadyNow() >= run.deadline) this.end(run);
			const isMoving = this.awaited.size < before;
			this.pauseMs = isMoving
				? FIRST_PAUSE_MS
				: Math.min(LONGEST_PAUSE_MS, this.pauseMs * PAUSE_GROWTH);
			const deadlines = [...this.awaited.values()].map(({ deadline }) => deadline);
			this.nextLookAt = deadlines.reduce(
				(soonest, deadline) => Math.min(soonest, deadline),
				steadyNow() + this.pauseMs,
			);
		}
		this.isWatching = false;
	}

	/** @returns a failure for which looking is incomplete */
	private async look(): Promise<CallFailure | undefined> {
		let failure: CallFailure | undefined;
		const due: Awaited[] = [];
		for (const workflowId of new Set([...this.awaited.values()].map((run) => run.workflowId))) {
			const runs = [...this.awaited.values()].filter((run) => run.workflowId === workflowId);
			if (runs.length <= FEW) {
				due.push(...runs);
				continue;
			}
			const listed = await this.statusesOf(workflowId, runs);
			if (!listed.ok) failure = listed.failure;
			else due.push(...runs.filter((run) => this.isDue(run, listed.body.get(run.id))));
		}
		await eachAtOnce(due, FETCHES_AT_ONCE, async (run) => {
			failure = (await this.fetch(run)) ?? failure;
		});
		return failure;
	}

	private isDue(run: Awaited, status: string | undefined): boolean {
		const now = steadyNow();
		if (status !== undefined) run.seenAt = now;
		if (now >= run.deadline || now - run.seenAt >= UNLISTED_MS) return true;
		return status !== undefined && !run.open.includes(status);
	}

	/** Reads the list of a workflow's runs, the newest first, as far back as needed. */
	private async statusesOf(
		workflowId: string,
		runs: readonly Awaited[],
	): Promise<CallResult<Map<string, string>>> {
		const wanted = new Set(runs.map(({ id }) => id));
		const statuses = new Map<string, string>();
		const oldest = () =>
			runs.reduce((least, run) => Math.min(least, earliestCreation(this.client, run)), Infinity);
		const scanned = await this.client.scan<WorkflowRunSummary>(
			'/workflow_runs',
			{ workflowId, sortBy: 'createdAt', sortDir: 'desc' },
			(run) => {
				if (wanted.has(run.id)) statuses.set(run.id, run.status);
				return statuses.size === wanted.size || createdAtOf(run) < oldest();
			},
		);
		return scanned.ok ? { ok: true, body: statuses } : scanned;
	}

	private async fetch(run: Awaited): Promise<CallFailure | undefined> {
		const fetched = await fetchRun(this.client, run.id);
		if (fetched.ok) {
			run.seenAt = steadyNow();
			run.last = fetched.body;
			if (!run.open.includes(fetched.body.status ?? '')) this.end(run, true);
			return undefined;
		}
		const { failure } = fetched;
		if (failure.status === 404) {
			if (steadyNow() - run.since >= READABLE_WITHIN_MS) this.settle(run, fetched);
			return undefined;
		}
		return failure;
	}

	/** Waiting goes on through troubles that may pass. */
	private note(failure: CallFailure | undefined): void {
		if (failure === undefined) {
			this.troubleSince = undefined;
			return;
		}
		this.troubleSince ??= steadyNow();
		const isHopeless =
			failure.kind === 'refused' ||
			failure.kind === 'cancelled' ||
			(concernsAll(failure) && failure.retryable === false) ||
			steadyNow() - this.troubleSince >= LONGEST_TROUBLE_MS;
		if (isHopeless) this.giveUp(failure);
	}

	private end(run: Awaited, isFinished = false): void {
		this.settle(run, { ok: true, body: { run: run.last, isFinished } });
	}

	private giveUp(failure: CallFailure): void {
		for (const run of this.awaited.values()) this.settle(run, { ok: false, failure });
	}

	private settle(run: Awaited, watched: Watched): void {
		this.awaited.delete(run.id);
		run.settle(watched);
	}
}
