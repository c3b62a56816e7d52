import type { ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { SLICE_MS, pause } from '../../extend/client/waiting';
import { isFinal } from '../../extend/failures/failure';
import type { CallFailure } from '../../extend/failures/failure';
import { earliestCreation } from '../../extend/runs/creation';
import type { Sending } from '../../extend/runs/creation';
import { submissionOf } from '../../extend/runs/reference';
import type { AwaitedRun, ListedRun, LostRequest, Searched, Waited, WatchedList } from './watched';

/** Pauses between looks at the list, in milliseconds. */
export const PAUSES_MS = {
	/** Before the first look for something new. */
	first: 500,
	/** Between two looks at least. */
	least: 2_000,
	longest: 10_000,
};

const PAUSE_GROWTH = 1.25;

/** So few runs are asked for one by one; of more, the list is read. */
const FEW = 3;

/** A look that takes long, because the list is, comes seldom. */
const PAUSE_PER_LOOK = 5;

/** How long a run may not be listed before it is asked for by itself, in milliseconds. */
const UNLISTED_MS = 15_000;

/** How long looking may fail before waiting or searching is given up, in milliseconds. */
export const WAITING_FAILS_LIMIT_MS = 10 * 60_000;
const SEARCH_FAILS_LIMIT_MS = 120_000;

interface Awaited extends AwaitedRun {
	/** What a look before that shows does not count. */
	notBefore: number;
	/** When Extend last said something of it. */
	heardAt: number;
	settle: (waited: Waited) => void;
}

interface Sought {
	/** Requests for the same document; one of them is enough. */
	lost: readonly LostRequest[];
	settleAt: number;
	settle: (searched: Searched) => void;
}

interface Missed {
	sending: Sending;
	tell: (runId: string) => void;
}

/**
 * Looks at a list of runs for everybody who waits for a run or searches for one whose answer was lost. One look
 * serves all of them, so that the calls that Extend allows are left for fetching.
 */
export class RunWatch {
	private readonly awaited = new Set<Awaited>();

	private readonly sought = new Set<Sought>();

	/** Searches that ended without success, by submission: what turns up late is told all the same. */
	private readonly missed = new Map<string, Missed>();

	private isLooking = false;

	private nextLookAt = 0;

	private lastLookEnd = -Infinity;

	private pauseMs = PAUSES_MS.least;

	private failingSince: number | undefined;

	constructor(
		private readonly client: ExtendClient,
		private readonly list: WatchedList,
	) {}

	/**
	 * Waits until a run seems to be finished.
	 * @param afterMs how long it is not worth while to look, because somebody just did
	 */
	async untilDue(run: AwaitedRun, afterMs = 0): Promise<Waited> {
		const now = steadyNow();
		return await new Promise((settle) => {
			this.awaited.add({ ...run, notBefore: now + afterMs, heardAt: now, settle });
			this.lookSoon(afterMs);
			this.nextLookAt = Math.min(this.nextLookAt, Math.max(run.deadline, now + PAUSES_MS.first));
		});
	}

	/**
	 * Searches for the run of a document for which several requests may have been made, each with its answer
	 * lost, until one turns up or `settleMs` are over.
	 * @param onLate told what turns up besides, or only after that, while somebody still looks at this list
	 */
	async find(
		lost: readonly LostRequest[],
		settleMs: number,
		onLate: (runId: string, submission: string) => void,
	): Promise<Searched> {
		for (const { submission } of lost) this.missed.delete(submission);
		const searched = await new Promise<Searched>((resolve) => {
			const settleAt = steadyNow() + settleMs;
			this.sought.add({ lost, settleAt, settle: resolve });
			this.lookSoon(0);
		});
		if (searched.is === 'failed') return searched;
		for (const sending of lost) {
			const { submission } = sending;
			if (searched.is === 'found' && searched.submission === submission) continue;
			const tell = (runId: string) => {
				onLate(runId, submission);
			};
			this.missed.set(submission, { sending, tell });
		}
		return searched;
	}

	private lookSoon(afterMs: number): void {
		const now = steadyNow();
		const soon = Math.max(now + PAUSES_MS.first + afterMs, this.lastLookEnd + PAUSES_MS.least);
		this.nextLookAt = this.isLooking ? Math.min(this.nextLookAt, soon) : soon;
		this.pauseMs = PAUSES_MS.least;
		if (this.isLooking) return;
		this.isLooking = true;
		void this.keepLooking();
	}

	private async keepLooking(): Promise<void> {
		while (this.awaited.size + this.sought.size > 0) {
			while (steadyNow() < this.nextLookAt) {
				const left = Math.min(SLICE_MS, this.nextLookAt - steadyNow());
				if (!(await pause(left, this.client.signal))) break;
			}
			const startedAt = steadyNow();
			if (this.client.signal?.aborted === true) {
				this.giveUp({ kind: 'cancelled', message: '' }, startedAt);
				continue;
			}
			const waiting = this.awaited.size + this.sought.size;
			await this.look(startedAt);
			const now = steadyNow();
			this.lastLookEnd = now;
			const isProgress = this.awaited.size + this.sought.size !== waiting;
			this.pauseMs = isProgress
				? PAUSES_MS.least
				: Math.min(PAUSES_MS.longest, this.pauseMs * PAUSE_GROWTH);
			const pauseMs = Math.max(this.pauseMs, (now - startedAt) * PAUSE_PER_LOOK);
			const deadline = Math.min(Infinity, ...[...this.awaited].map((entry) => entry.deadline));
			this.nextLookAt = Math.min(now + pauseMs, Math.max(deadline, now + PAUSES_MS.first));
		}
		this.isLooking = false;
	}

	private async look(startedAt: number): Promise<void> {
		const isSorted = this.list.open === undefined;
		const isSearching = this.sought.size > 0 || (isSorted && this.missed.size > 0);
		const areFew = !isSearching && this.awaited.size <= FEW;
		let failure: CallFailure | undefined;
		if (isSearching || (isSorted && !areFew)) {
			failure = await this.lookAtNewest(startedAt, isSorted);
		}
		if (!isSorted && !areFew && this.awaited.size > 0) {
			failure ??= await this.lookAtOpen(startedAt);
		}
		if (failure !== undefined) {
			this.failingSince ??= startedAt;
			const isLong = steadyNow() - this.failingSince > WAITING_FAILS_LIMIT_MS;
			if (isFinal(failure) || isLong) this.giveUp(failure, startedAt);
			else this.endSearches(startedAt, failure);
		} else {
			this.failingSince = undefined;
			this.endSearches(startedAt, undefined);
		}
		for (const entry of this.awaited) {
			if (entry.deadline <= startedAt) this.settle(entry, { is: 'timeout' });
			else if (
				(areFew && entry.notBefore <= startedAt) ||
				startedAt - entry.heardAt > UNLISTED_MS
			) {
				this.settle(entry, { is: 'due' });
			}
		}
	}

	/** Looks at what was created since the oldest request that somebody is interested in. */
	private async lookAtNewest(
		startedAt: number,
		isSorted: boolean,
	): Promise<CallFailure | undefined> {
		const sendings = [
			...[...(isSorted ? this.awaited : []), ...this.missed.values()].map(({ sending }) => sending),
			...[...this.sought].flatMap(({ lost }) => lost),
		];
		const since = () =>
			sendings.reduce(
				(earliest, sending) => Math.min(earliest, earliestCreation(this.client, sending)),
				Infinity,
			);
		const listed = await this.list.since(since);
		if (!listed.ok) return listed.failure;
		const runs = new Map(listed.body.map((run) => [run.id, run]));
		for (const entry of this.awaited) this.hear(entry, runs.get(entry.runId), startedAt);
		const bySubmission = new Map<string, string>();
		for (const { id, metadata } of listed.body) {
			const submission = submissionOf(metadata);
			if (submission !== undefined) bySubmission.set(submission, id);
		}
		for (const entry of this.sought) {
			for (const { submission } of entry.lost) {
				const runId = bySubmission.get(submission);
				if (runId !== undefined) this.end(entry, { is: 'found', runId, submission });
			}
		}
		for (const [submission, { tell }] of this.missed) {
			const runId = bySubmission.get(submission);
			if (runId === undefined) continue;
			this.missed.delete(submission);
			tell(runId);
		}
		return undefined;
	}

	/** Where the list has no order: asks what is open, however old, and takes all else for finished. */
	private async lookAtOpen(startedAt: number): Promise<CallFailure | undefined> {
		const listed = await this.list.open?.();
		if (listed?.ok !== true) return listed?.failure;
		const open = new Set(listed.body.map(({ id }) => id));
		for (const entry of this.awaited) {
			if (entry.notBefore > startedAt) continue;
			if (open.has(entry.runId)) entry.heardAt = startedAt;
			else this.settle(entry, { is: 'due' });
		}
		return undefined;
	}

	private hear(entry: Awaited, run: ListedRun | undefined, at: number): void {
		if (run === undefined || entry.notBefore > at) return;
		entry.heardAt = at;
		if (!entry.open.includes(run.status ?? '')) this.settle(entry, { is: 'due' });
	}

	private endSearches(startedAt: number, failure: CallFailure | undefined): void {
		for (const entry of this.sought) {
			if (failure === undefined) {
				// A look shows what was there when it began.
				if (startedAt >= entry.settleAt) this.end(entry, { is: 'notFound' });
			} else if (startedAt >= entry.settleAt + SEARCH_FAILS_LIMIT_MS) {
				this.end(entry, { is: 'failed', failure });
			}
		}
	}

	private giveUp(failure: CallFailure, startedAt: number): void {
		this.endSearches(startedAt, failure);
		for (const entry of this.sought) this.end(entry, { is: 'failed', failure });
		for (const entry of this.awaited) this.settle(entry, { is: 'failed', failure });
	}

	private settle(entry: Awaited, waited: Waited): void {
		this.awaited.delete(entry);
		entry.settle(waited);
	}

	private end(entry: Sought, searched: Searched): void {
		this.sought.delete(entry);
		entry.settle(searched);
	}
}
