import type { ExtendClient } from '../extend/client/client';
import { steadyNow } from '../extend/client/clock';
import type { CallFailure } from '../extend/failures/failure';
import { submissionOf } from '../extend/runs/reference';
import { earliestCreation } from '../extend/runs/creation';
import type { Sending } from '../extend/runs/creation';
import { fetchRun, listRunsSince } from '../extend/api/runs';
import { pause } from '../extend/client/waiting';

const FIRST_PAUSE_MS = 500;
const PAUSE_GROWTH = 1.7;
const LONGEST_PAUSE_MS = 10_000;

/** How much longer to try when looking itself fails, in milliseconds. */
const EXTRA_TIME_WHEN_LOOKING_FAILS_MS = 120_000;

/** How many runs of a batch are tried, one in each look, as long as they cannot be read. */
const MOST_RUNS_TRIED = 10;

/** A request whose answer was lost. */
export interface LostSubmission extends Sending {
	submission: string;
	workflowId: string;
}

/** What looking came to. Only `notFound` is a reason to submit again, and no proof that it was not carried out. */
export type LookupResult =
	{ outcome: 'found' } | { outcome: 'notFound' } | { outcome: 'cannotTell'; failure: CallFailure };

/**
 * Looks for lost submissions among the newest runs of their workflows. What is learned about batches is
 * kept for later looks of the same node run, so that each foreign batch is looked into once.
 */
export class SubmissionLookup {
	/** Batches, or single runs, that need not be looked into. */
	private readonly known = new Set<string>();

	/** The batches of submissions that were found. */
	private readonly found = new Map<string, string>();

	private looks = 0;

	/** What is looked for at the moment, by all who look; one look serves them all. */
	private readonly wanted = new Set<LostSubmission>();

	/** The look that is under way, and the one that begins when that is over. */
	private current: Promise<unknown> = Promise.resolve();

	private next: Promise<Map<string, CallFailure>> | undefined;

	/** @param starts what a request starts: a batch, or a single run */
	constructor(
		private readonly client: ExtendClient,
		private readonly starts: 'batch' | 'run' = 'batch',
	) {}

	/** Says that a batch, or a single run, is already accounted for. */
	ruleOut(batchId: string): void {
		this.known.add(batchId);
	}

	/** The batch, or the single run, of a submission, if any look has found it. */
	batchOf(submission: string): string | undefined {
		return this.found.get(submission);
	}

	/**
	 * Looks again and again, with growing pauses, for all of these submissions, because runs may become
	 * visible late. It ends when `wanted` of them are found, or `settleMs` are over; `notFound` only after a
	 * complete look that began then.
	 */
	async look(
		lost: readonly LostSubmission[],
		settleMs: number,
		wanted: 'one' | 'all',
	): Promise<LookupResult> {
		for (const entry of lost) this.wanted.add(entry);
		try {
			return await this.lookUntil(lost, settleMs, wanted);
		} finally {
			for (const entry of lost) this.wanted.delete(entry);
		}
	}

	private async lookUntil(
		lost: readonly LostSubmission[],
		settleMs: number,
		wanted: 'one' | 'all',
	): Promise<LookupResult> {
		let waitedMs = 0;
		for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = nextPause(pauseMs)) {
			// A look shows what was there when it began, and it may take long.
			const isLast = waitedMs >= settleMs;
			const startedAt = steadyNow();
			const failures = await this.lookFromNow();
			const failure = lost
				.map(({ workflowId }) => failures.get(workflowId))
				.find((candidate) => candidate !== undefined);
			waitedMs += steadyNow() - startedAt;
			const found = lost.filter(({ submission }) => this.found.has(submission)).length;
			if (found === lost.length || (wanted === 'one' && found > 0)) return { outcome: 'found' };

			if (isLast && failure === undefined) return { outcome: found > 0 ? 'found' : 'notFound' };
			const isHopeless =
				failure !== undefined &&
				(failure.kind === 'refused' || waitedMs >= settleMs + EXTRA_TIME_WHEN_LOOKING_FAILS_MS);
			if (isHopeless) return { outcome: 'cannotTell', failure };

			const left = Math.max(settleMs - waitedMs, failure === undefined ? 0 : FIRST_PAUSE_MS);
			const waitMs = Math.min(pauseMs, left);
			if (!(await pause(waitMs, this.client.signal))) {
				return { outcome: 'cannotTell', failure: { kind: 'interrupted', message: '' } };
			}
			waitedMs += waitMs;
		}
	}

	/** A look that begins from now on. @returns a failure for each workflow of which it is incomplete */
	private async lookFromNow(): Promise<Map<string, CallFailure>> {
		this.next ??= this.current.then(async () => {
			this.next = undefined;
			return await this.lookOnce();
		});
		this.current = this.next;
		return await this.next;
	}

	private async lookOnce(): Promise<Map<string, CallFailure>> {
		this.looks++;
		const wanted = [...this.wanted].filter(({ submission }) => !this.found.has(submission));
		const failures = new Map<string, CallFailure>();
		for (const workflowId of new Set(wanted.map((entry) => entry.workflowId))) {
			const ofWorkflow = wanted.filter((entry) => entry.workflowId === workflowId);
			const failure = await this.lookAt(workflowId, ofWorkflow);
			if (failure !== undefined) failures.set(workflowId, failure);
		}
		return failures;
	}

	private async lookAt(
		workflowId: string,
		lost: readonly LostSubmission[],
	): Promise<CallFailure | undefined> {
		const listed = await listRunsSince(this.client, workflowId, () =>
			Math.min(...lost.map((entry) => earliestCreation(this.client, entry))),
		);
		let failure = listed.ok ? undefined : listed.failure;
		const candidates = new Map<string, string[]>();
		for (const { id, batchId: ofRun } of listed.ok ? listed.body : []) {
			const batchId = this.starts === 'run' ? (ofRun ? undefined : id) : ofRun;
			if (!batchId) continue;
			const ids = candidates.get(batchId) ?? [];
			if (ids.length < MOST_RUNS_TRIED) ids.push(id);
			candidates.set(batchId, ids);
		}
		for (const [batchId, runIds] of candidates) {
			if (this.known.has(batchId)) continue;
			const runId = runIds[this.looks % runIds.length]!;
			const run = await fetchRun(this.client, runId);
			if (run.ok) {
				const submission = submissionOf(run.body.metadata);
				this.known.add(batchId);
				if (submission !== undefined) this.found.set(submission, batchId);
			} else {
				// A run that is listed but cannot be read (deleted, or not yet there) leaves the look incomplete.
				const isMissing = run.failure.status === 404;
				failure ??= isMissing ? { ...run.failure, kind: 'unknown' } : run.failure;
			}
		}
		return failure;
	}
}

function nextPause(pauseMs: number): number {
	return Math.min(pauseMs * PAUSE_GROWTH, LONGEST_PAUSE_MS);
}
