import type { IDataObject, IPollFunctions } from 'n8n-workflow';

import { fetchRun, listRuns } from '../extend/api/runs';
import type { WorkflowRunSummary } from '../extend/api/types';
import type { ExtendClient } from '../extend/client/client';
import { steadyNow } from '../extend/client/clock';
import { toNodeError } from '../extend/failures/explanation';
import type { CallFailure } from '../extend/failures/failure';
import { batchReport } from '../extend/rows/reports';
import { changedRuns } from './changes';
import type { PollingSettings } from './parameters';
import { ResultsOfBatch, isPatienceOver, unreadableResult } from './results';
import { runReport } from './runReports';
import type { OpenBatch } from './watch/openBatches';
import { readState, writeState } from './watch/state';
import type { OwedRun } from './watch/state';
import { Watch, runKey } from './watch/watch';

/** The time for a poll, in milliseconds: where n8n tells none (before 2.38), at most, and at a start, for which n8n waits. */
const BUDGET_MS = 60_000;
const LONGEST_BUDGET_MS = 5 * 60_000;
const BUDGET_AT_START_MS = 20_000;

/** The part of it in which new changes are looked for. */
const LOOKING_SHARE = 0.6;

/** With so many items, the rest waits for the next poll. */
const MOST_ITEMS = 10_000;

/** Batches that are asked about side by side; few, because each list can be a megabyte. */
const ASKED_AT_ONCE = 6;

/** A call that was cut off by the end of the time may fail so much before it, in milliseconds. */
const CUT_OFF_MS = 50;

/** The triggers whose last poll was too short; these ask about one batch after the other, so that each gets done. */
const shortOfTime = new Set<string>();

/** n8n may begin a poll before the last one has ended; both would work on the same static data. */
const underWay = new WeakSet<object>();

/** The triggers that have polled in this process. */
const started = new Set<string>();

function budgetOf(context: IPollFunctions, owner: string): number {
	const told = (context as Partial<Pick<IPollFunctions, 'getPollBudgetMs'>>).getPollBudgetMs?.();
	const budgetMs = Math.min(told ?? BUDGET_MS, LONGEST_BUDGET_MS);
	if (started.has(owner)) return budgetMs;
	started.add(owner);
	return Math.min(budgetMs, BUDGET_AT_START_MS);
}

/**
 * Looks once at what changed at Extend.
 * @returns the items of all that finished
 * @throws NodeApiError if Extend cannot be asked and there is nothing to report, so that n8n waits longer
 */
export async function poll(
	context: IPollFunctions,
	client: ExtendClient,
	settings: PollingSettings,
): Promise<IDataObject[]> {
	const staticData = context.getWorkflowStaticData('node');
	if (underWay.has(staticData)) return [];
	underWay.add(staticData);
	try {
		return await new Poll(context, client, settings, staticData).run();
	} finally {
		underWay.delete(staticData);
	}
}

class Poll {
	private readonly owner: string;

	private readonly client: ExtendClient;

	private readonly lookUntil: number;

	private readonly end: number;

	private watch: Watch | undefined;

	private readonly items: IDataObject[] = [];

	/** What lists said of the runs that are owed. */
	private readonly summaries = new Map<string, WorkflowRunSummary>();

	private failure: CallFailure | undefined;

	/** Whether Extend has answered in this poll. */
	private isAnswered = false;

	private askedBatches = 0;

	/** Whether something was left for want of time. */
	private isShort = false;

	constructor(
		private readonly context: IPollFunctions,
		client: ExtendClient,
		private readonly settings: PollingSettings,
		private readonly staticData: IDataObject,
	) {
		this.owner = `${context.getWorkflow().id ?? ''} ${context.getNode().id}`;
		const budgetMs = budgetOf(context, this.owner);
		this.lookUntil = steadyNow() + budgetMs * LOOKING_SHARE;
		this.end = steadyNow() + budgetMs;
		this.client = client.within({ withinMs: budgetMs });
		const state = readState(staticData);
		if (state !== undefined) this.watch = Watch.resume(state, settings);
	}

	async run(): Promise<IDataObject[]> {
		const { context, client, items } = this;
		let isComplete: boolean;
		do {
			isComplete = await this.look();
			if (this.settings.event === 'run.finished') await this.reportRuns();
			else await this.askAboutBatches();
		} while (!isComplete && this.goesOn && steadyNow() < this.lookUntil);
		if (this.watch !== undefined) writeState(this.staticData, this.watch.state);
		if (this.isShort) shortOfTime.add(this.owner);
		else shortOfTime.delete(this.owner);
		if (this.failure === undefined) return items;
		const task = 'The finished runs could not be listed';
		const error = toNodeError(client.node, this.failure, { task, subject: 'run' });
		if (items.length === 0) throw error;
		context.logger.warn(`Extend Polling Trigger: ${error.message}; it goes on in the next poll`);
		return items;
	}

	/** Extend's time; nothing is compared with n8n's clock unless Extend does not tell. */
	private get now(): number {
		return this.client.extendNow() ?? Date.now();
	}

	private get goesOn(): boolean {
		const hasTime = steadyNow() < this.end;
		return this.failure === undefined && hasTime && this.items.length < MOST_ITEMS;
	}

	/** Takes in what changed, page by page. @returns whether there is no more */
	private async look(): Promise<boolean> {
		for (;;) {
			if (this.watch?.isFull) return false;
			const token = this.watch?.token;
			const page = await changedRuns(this.client, this.settings, token);
			if (!page.ok) {
				const isRefused = [400, 404, 422].includes(page.failure.status ?? 0);
				if (token !== undefined && isRefused) {
					this.watch?.losePlace();
					continue;
				}
				this.note(page.failure);
				return false;
			}
			this.isAnswered = true;
			const { data, nextPageToken } = page.body;
			if (this.watch === undefined) {
				this.watch = Watch.begin(data, this.settings, this.now);
				return true;
			}
			for (const run of data) this.summaries.set(runKey(run), run);
			if (this.watch.takePage(data, nextPageToken, this.now)) return true;
			if (steadyNow() >= this.lookUntil) return false;
		}
	}

	/** What is only out of time goes on in the next poll, unless there was none even for the first call. */
	private note(failure: CallFailure): void {
		const isLate = this.isLate(failure) && this.watch !== undefined;
		if (isLate) this.isShort = true;
		else this.failure ??= failure;
	}

	/** Whether a call failed because the time of the poll was over. */
	private isLate({ kind, status }: CallFailure): boolean {
		const isCutOff = kind === 'unknown' && status === undefined;
		const isOver = steadyNow() >= this.end - CUT_OFF_MS;
		return kind === 'cancelled' || (isCutOff && isOver && this.isAnswered);
	}

	private async reportRuns(): Promise<void> {
		const owed = this.watch?.owed.slice(0, MOST_ITEMS - this.items.length) ?? [];
		const reports = await Promise.all(owed.map(async (run) => await this.reportOf(run)));
		for (const [index, run] of owed.entries()) {
			const report = reports[index];
			this.summaries.delete(runKey(run));
			if (report === undefined) continue;
			this.items.push(report);
			this.watch?.settleRun(run);
		}
		this.summaries.clear();
	}

	private async reportOf(run: OwedRun): Promise<IDataObject | undefined> {
		const { output } = this.settings;
		const summary = this.summaries.get(runKey(run));
		if (output === 'summary' && summary !== undefined) return runReport(run, summary, output);
		const isWanted = () => this.failure === undefined;
		const fetched = await fetchRun(this.client, run.id, isWanted);
		if (fetched.ok) return runReport(run, fetched.body, output);
		if (isPatienceOver(fetched.failure, this.now - run.since)) {
			const { id, status } = run;
			return { ...unreadableResult({ id, status }, output), ...runReport(run, run, 'summary') };
		}
		if (fetched.failure.status !== 404) this.note(fetched.failure);
		return undefined;
	}

	private async askAboutBatches(): Promise<void> {
		const due = this.watch?.due(this.now) ?? [];
		const atOnce = shortOfTime.has(this.owner) ? 1 : ASKED_AT_ONCE;
		while (due.length > 0 && this.goesOn) {
			const asked = due.splice(0, atOnce);
			const reports = await Promise.all(asked.map(async (batch) => await this.ask(batch)));
			for (const report of reports) for (const json of report) this.items.push(json);
		}
		this.summaries.clear();
	}

	/** Asks Extend about a batch. @returns its items if it is finished, and all of them are there */
	private async ask(batch: OpenBatch): Promise<IDataObject[]> {
		const { client, settings, watch } = this;
		const listed = await listRuns(client, batch.id);
		if (!listed.ok || watch === undefined) {
			if (!listed.ok) this.note(listed.failure);
			return [];
		}
		const runs = listed.body;
		const results = new ResultsOfBatch(client, settings.output, this.owner, batch.id);
		const waitedMs = this.now - (batch.unreadableSince ?? this.now);
		const isKnown =
			watch.hasOpenRuns(runs) || (await this.learnSize(batch, runs, results, waitedMs));
		if (!isKnown) return [];
		const { size = 0 } = batch;
		if (!watch.seeBatch(batch.id, runs, size > 0 ? size : undefined, this.now)) return [];
		const { statuses } = settings;
		const chosen = runs.filter(({ status }) => statuses.length === 0 || statuses.includes(status));
		// Only what is asked about first has the time of a whole poll.
		const isFirst = this.askedBatches++ === 0;
		const isHopeless = (failure: CallFailure) => isFirst && this.isLate(failure);
		const fetched = await results.of(chosen, waitedMs, isHopeless);
		if ('failure' in fetched) this.note(fetched.failure);
		if ('unreadable' in fetched) this.wait(batch, fetched.unreadable);
		if (!('results' in fetched)) return [];
		results.forget();
		watch.settleBatch(batch.id);
		return batchReport(batch.id, runs, fetched.results);
	}

	/** @returns false if that cannot be told now */
	private async learnSize(
		batch: OpenBatch,
		[run]: WorkflowRunSummary[],
		results: ResultsOfBatch,
		waitedMs: number,
	): Promise<boolean> {
		if (batch.size !== undefined || run === undefined) return true;
		const size = await results.size(run);
		if (typeof size === 'number') {
			batch.size = size;
			return true;
		}
		if (isPatienceOver(size, waitedMs)) {
			batch.size = 0;
			return true;
		}
		if (size.status === 404) this.wait(batch, size);
		else this.note(size);
		return false;
	}

	/** A run that is listed cannot be fetched; the next poll tries again, for some time. */
	private wait(batch: OpenBatch, failure: CallFailure): void {
		batch.unreadableSince ??= this.now;
		this.context.logger.warn(
			'Extend Polling Trigger could not fetch a run of a finished batch and will try again',
			{ batchId: batch.id, status: failure.status },
		);
	}
}
