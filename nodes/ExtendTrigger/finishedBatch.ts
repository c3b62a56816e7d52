import type { IDataObject, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';
import { sleep } from 'n8n-workflow';

import { ExtendClient } from '../extend/client';
import { placeOf } from '../extend/place';
import { OPEN_STATUSES, REVIEW_STATUS, fetchRun } from '../extend/runs';
import { simplifyRun } from '../extend/simplify';
import type { WorkflowRun, WorkflowRunSummary } from '../extend/types';
import { getEndpoint } from '../extend/webhooks';
import type { TriggerSettings } from './settings';

/**
 * Finds the moment at which the last run of a batch has come to rest. What is remembered here lives in
 * one process only, and only says when asking Extend is worth while; what counts is Extend's answer.
 */

/** A run of a batch, as an event tells of it. */
export type BatchRun = WorkflowRun & { batchId: string; reviewed?: boolean };

/** What an entry of a list tells besides. */
type ListedRun = WorkflowRunSummary & { reviewedAt?: string | null };

/** How long a delivery may wait for Extend's answer; n8n must answer it within 30 s. */
const LONGEST_QUESTION_MS = 18_000;

/** How long it must be quiet before Extend is asked without a sign that the batch is finished. */
const FIRST_QUIET_MS = 5_000;
const LONGEST_QUIET_MS = 30 * 60_000;

/** After so much quiet a batch is given up; a later event takes it up again. */
const GIVE_UP_MS = 24 * 3_600_000;

/** How long runs may be missing from the list before they count as deleted. */
const MISSING_PATIENCE_MS = 5 * 60_000;

/** The same where nobody knows how many runs there should be. */
const UNKNOWN_SIZE_PATIENCE_MS = 9_000;

/**
 * Each watch keeps a delivery of n8n open, and with it an isolate of n8n's expression engine (11 MB, n8n
 * 2.40), so there are only a few; other batches rely on their events.
 */
const MOST_WATCHES = 5;
const MOST_BATCHES = 1000;
const LOOK_AROUND_MS = 500;

/** Most bytes of results kept so that they need not be fetched again: for each batch, and for all. */
const MOST_KEPT_BYTES = 16 * 1024 * 1024;
const MOST_KEPT_BYTES_IN_ALL = 128 * 1024 * 1024;

/** With more than this to fetch, the delivery is answered before. */
const MOST_FETCHED_BEFORE_ANSWER = 40;

/** What is known in this process about a batch that is not finished. */
class Batch {
	/** Runs of which an event said that they are at rest. */
	readonly atRest = new Set<string>();

	/** Runs that were not at rest when Extend was asked last, less those heard of since. */
	open: Set<string> | undefined;

	/** Number of runs, from the reference. */
	size: number | undefined;

	lastEventAt = Date.now();

	isFinished = false;

	isForgotten = false;

	isAsking = false;

	private askAgain = false;

	isWatched = false;

	private readonly kept = new Map<string, { status: string; json: IDataObject; bytes: number }>();

	private keptBytes = 0;

	constructor(readonly id: string) {}

	/** Notes that a run is at rest. */
	note(run: BatchRun): void {
		this.atRest.add(run.id);
		this.open?.delete(run.id);
		this.size ??= placeOf(run).of;
		this.lastEventAt = Date.now();
	}

	/** Whether, as far as this process knows, all runs are at rest. */
	get mayBeFinished(): boolean {
		if (this.open !== undefined) return this.open.size === 0;
		return this.size !== undefined && this.atRest.size >= this.size;
	}

	/** Has the question that is under way asked once more, because it may have come too early. */
	askLater(): void {
		this.askAgain = true;
	}

	/** Whether somebody called `askLater` since this was asked last. */
	isToAskAgain(): boolean {
		const isToAsk = this.askAgain;
		this.askAgain = false;
		return isToAsk;
	}

	/** Keeps the result of a run, while there is room. */
	keep(run: BatchRun, json: IDataObject, bytes: number): void {
		const more = bytes - (this.kept.get(run.id)?.bytes ?? 0);
		if (this.keptBytes + more > MOST_KEPT_BYTES) return;
		if (keptBytesInAll + more > MOST_KEPT_BYTES_IN_ALL) return;
		this.kept.set(run.id, { status: String(run.status), json, bytes });
		this.keptBytes += more;
		keptBytesInAll += more;
	}

	/** The kept result of a run, if the run has not moved on since. */
	keptResult(id: string, status: string): IDataObject | undefined {
		const kept = this.kept.get(id);
		return kept?.status === status ? kept.json : undefined;
	}

	/** Frees what is not needed any more. Should the batch be opened again, Extend is asked at once. */
	close(): void {
		keptBytesInAll -= this.keptBytes;
		this.keptBytes = 0;
		this.kept.clear();
		this.atRest.clear();
		this.open = new Set();
	}
}

const batches = new Map<string, Batch>();
let watches = 0;
let keptBytesInAll = 0;

function keyOf(endpointId: string, batchId: string): string {
	return `${endpointId} ${batchId}`;
}

function batchAt(endpointId: string, batchId: string): Batch {
	const key = keyOf(endpointId, batchId);
	const batch = batches.get(key) ?? new Batch(batchId);
	batches.delete(key);
	batches.set(key, batch);
	for (const [oldest, other] of batches) {
		if (batches.size <= MOST_BATCHES) break;
		if (other.isWatched) continue;
		other.close();
		batches.delete(oldest);
	}
	return batch;
}

/** Forgets the batches of an endpoint that is gone, and ends their watches. */
export function forgetBatches(endpointId: string): void {
	for (const [key, batch] of batches) {
		if (!key.startsWith(`${endpointId} `)) continue;
		batch.isForgotten = true;
		batch.close();
		batches.delete(key);
	}
}

/** What came of a run's event. */
export type BatchOutcome =
	| { kind: 'finished'; items: INodeExecutionData[] }
	/** Not finished, or seen to already. */
	| { kind: 'nothing' }
	/** Extend could not be asked. */
	| { kind: 'trouble' }
	/** Not known to be finished: somebody should stay and look from time to time. */
	| { kind: 'watch' };

/** The batch of a run that came to rest, as the trigger sees it. */
export class FinishedBatch {
	private readonly batch: Batch;

	private readonly wasKnown: boolean;

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly endpointId: string,
		private readonly run: BatchRun,
		private readonly settings: TriggerSettings,
	) {
		this.wasKnown = batches.has(keyOf(endpointId, run.batchId));
		this.batch = batchAt(endpointId, run.batchId);
	}

	/**
	 * Takes the event in, and asks Extend if the batch may be finished. Quick unless it asks.
	 * @param bytes size of the delivery
	 */
	async take(bytes: number, answerNow: () => unknown): Promise<BatchOutcome> {
		const { batch, run, settings } = this;
		if (batch.isFinished) return { kind: 'nothing' };
		// It was at rest when it went to review, and that may have finished the batch long ago.
		if (!this.wasKnown && run.reviewed === true && settings.reviewCountsAsFinished) {
			batches.delete(keyOf(this.endpointId, batch.id));
			return { kind: 'nothing' };
		}
		batch.note(run);
		if (settings.output !== 'summary') {
			const result = this.resultOf(run);
			const isFull = settings.output === 'full';
			batch.keep(run, result, isFull ? bytes : JSON.stringify(result).length);
		}
		// Runs may have ended before this process heard of the batch. Where nobody stays to look, Extend is
		// asked at once which ones are still open; their events then tell.
		const isLeftAlone = () => !batch.isWatched && watches >= MOST_WATCHES;
		if (batch.mayBeFinished || (isLeftAlone() && batch.open === undefined)) {
			const outcome = await this.ask(answerNow);
			if (outcome.kind !== 'watch') return outcome;
		}
		// Where only Extend's list lags behind its events, a watch is short, so there is always room for it.
		if (batch.isWatched || (isLeftAlone() && !batch.mayBeFinished)) return { kind: 'nothing' };
		return { kind: 'watch' };
	}

	/** Stays until the batch is finished, and asks at growing intervals when it is quiet. */
	async watch(): Promise<INodeExecutionData[] | undefined> {
		const { batch } = this;
		batch.isWatched = true;
		watches++;
		try {
			for (let quietMs = FIRST_QUIET_MS; ; quietMs = Math.min(quietMs * 2, LONGEST_QUIET_MS)) {
				let quietSince = Math.max(batch.lastEventAt, Date.now());
				while (Date.now() - quietSince < quietMs) {
					await sleep(LOOK_AROUND_MS);
					if (batch.isFinished || batch.isForgotten) return undefined;
					quietSince = Math.max(quietSince, batch.lastEventAt);
				}
				if (Date.now() - batch.lastEventAt > GIVE_UP_MS) return undefined;
				if (batch.isAsking) continue;
				const outcome = await this.ask(() => {});
				if (outcome.kind === 'finished') return outcome.items;
			}
		} finally {
			watches--;
			batch.isWatched = false;
		}
	}

	/** Lets the batch count as unfinished again, because its execution could not be started. */
	reopen(): void {
		this.batch.isFinished = false;
	}

	/** Asks Extend; of several that want to know at once, one asks, and at most one learns that it is finished. */
	private async ask(answerNow: () => unknown): Promise<BatchOutcome> {
		const { batch } = this;
		if (batch.isAsking) {
			batch.askLater();
			return { kind: 'nothing' };
		}
		batch.isAsking = true;
		try {
			const client = await this.connect();
			if (client === undefined) return { kind: 'trouble' };
			do {
				const runs = await this.list(client);
				if (runs === undefined) return { kind: 'trouble' };
				if (this.isFinished(runs)) return await this.finish(client, runs, answerNow);
			} while (batch.isToAskAgain() && batch.mayBeFinished);
			return { kind: 'watch' };
		} finally {
			batch.isAsking = false;
		}
	}

	/** A credential that is gone must not make each event an execution that fails. */
	private async connect(): Promise<ExtendClient | undefined> {
		try {
			return await ExtendClient.connect(this.context);
		} catch {
			this.context.logger.warn('Extend Trigger cannot use its credential');
			return undefined;
		}
	}

	private async list(client: ExtendClient): Promise<ListedRun[] | undefined> {
		const listed = await client
			.within({ withinMs: LONGEST_QUESTION_MS })
			.list<ListedRun>('/workflow_runs', {
				batchId: this.batch.id,
				sortBy: 'createdAt',
				sortDir: 'asc',
			});
		return listed.ok ? listed.body : undefined;
	}

	private isFinished(runs: ListedRun[]): boolean {
		const { batch } = this;
		const open = runs.filter((run) => !this.isAtRest(run)).map(({ id }) => id);
		// The events that came in while the list was made know better.
		batch.open = new Set(open.filter((id) => !batch.atRest.has(id)));
		if (open.length > 0) return false;
		const quietMs = Date.now() - batch.lastEventAt;
		if (batch.size === undefined) return quietMs >= UNKNOWN_SIZE_PATIENCE_MS;
		return runs.length >= batch.size || quietMs >= MISSING_PATIENCE_MS;
	}

	private isAtRest({ status, reviewedAt }: ListedRun): boolean {
		if (this.settings.reviewCountsAsFinished) {
			// After an approval a run goes on, but it was at rest before.
			return (
				!OPEN_STATUSES.includes(status) || (typeof reviewedAt === 'string' && reviewedAt !== '')
			);
		}
		return status !== REVIEW_STATUS && !OPEN_STATUSES.includes(status);
	}

	private async finish(
		client: ExtendClient,
		runs: ListedRun[],
		answerNow: () => unknown,
	): Promise<BatchOutcome> {
		const { batch, settings } = this;
		const statuses: Record<string, number> = {};
		for (const { status } of runs) statuses[status] = (statuses[status] ?? 0) + 1;
		const wanted = runs.filter(
			({ status }) => settings.statuses.length === 0 || settings.statuses.includes(status),
		);
		const results = await this.results(client, wanted, answerNow);
		if (results === undefined) return { kind: 'trouble' };

		// The trigger may have been unpublished, or published anew, since this delivery came.
		const endpoint = await getEndpoint(client, this.endpointId, { timeoutMs: 5_000 });
		const isGone = !endpoint.ok && endpoint.failure.status === 404;
		batch.isForgotten ||= isGone;
		if (batch.isForgotten) return { kind: 'nothing' };
		batch.isFinished = true;
		batch.close();
		if (results.length === 0) return { kind: 'nothing' };
		return {
			kind: 'finished',
			items: results.map((json) => ({
				json: { ...json, batchId: batch.id, batch: { runCount: runs.length, statuses } },
			})),
		};
	}

	/** What the items carry of each run; `undefined` if some of it cannot be had now. */
	private async results(
		client: ExtendClient,
		runs: ListedRun[],
		answerNow: () => unknown,
	): Promise<IDataObject[] | undefined> {
		if (this.settings.output === 'summary') return runs as unknown as IDataObject[];
		const kept = runs.map(({ id, status }) => this.batch.keptResult(id, status));
		if (kept.filter((json) => json === undefined).length > MOST_FETCHED_BEFORE_ANSWER) answerNow();
		const results = await Promise.all(
			runs.map(async ({ id }, index) => {
				const json = kept[index];
				if (json !== undefined) return json;
				const run = await fetchRun(client, id);
				return run.ok ? this.resultOf(run.body) : undefined;
			}),
		);
		return results.every((json) => json !== undefined) ? results : undefined;
	}

	private resultOf(run: WorkflowRun): IDataObject {
		return this.settings.output === 'simplified'
			? simplifyRun(run)
			: (run as unknown as IDataObject);
	}
}
