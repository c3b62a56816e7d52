import { fetchRun } from '../extend/api/runs';
import type { ExtendClient } from '../extend/client/client';
import { steadyNow } from '../extend/client/clock';
import { pause } from '../extend/client/waiting';
import { isTooLarge } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { MOST_FRUITLESS_CALLS, searchBadInputs } from './badInputs';
import { Claims } from './claims';
import type { Journal, JournalEntry } from './journal';
import { BatchSender } from './sender';
import type { Control } from './sender';
import { isResubmitted } from './types';
import type { Claimant, RequestKind, RunInput, SubmissionResult } from './types';
import type { WorkflowCheck } from './workflowCheck';

/** Between two questions whether an account has a batch, in milliseconds. */
const ACCOUNT_PAUSE_MS = 1_000;

/** Most calls of such a search as long as nothing is accepted: each might have been carried out unseen. */
const MOST_FRUITLESS_CALLS_AFTER_SERVER_ERRORS = 12;

/** Submits batches so that no input becomes two runs and none is lost. */
export class BatchSubmitter<Submitted extends RunInput = RunInput> {
	/** Which batches hold which of the node's inputs. */
	readonly claims: Claims;

	private readonly sender: BatchSender<Submitted>;

	/** The parameters are those of `BatchSender`. */
	constructor(
		private readonly client: ExtendClient,
		private readonly journal: Journal,
		workflows: WorkflowCheck,
		control: Control,
		private readonly request: RequestKind<Submitted>,
	) {
		this.claims = new Claims(journal);
		this.sender = new BatchSender(client, journal, this.claims, workflows, control, request);
	}

	/**
	 * Takes over what earlier tries did, item by item, after looking for every request of unknown outcome.
	 * @returns also the inputs that are still to be submitted
	 */
	async recall<Input extends Claimant>(
		inputs: Input[],
	): Promise<SubmissionResult<Input> & { rest: Input[] }> {
		await this.recognizeAccount(inputs);
		const concerned = this.claims.openOf(inputs);
		const open = this.journal.open.filter(
			(entry) => this.journal.isOfThisRun(entry) || concerned.includes(entry),
		);
		const look = await this.sender.look(open, timeLeft(concerned, inputs), 'all');
		const { accepted, rest } = this.claims.claim(inputs);

		const failure: CallFailure =
			look.outcome === 'cannotTell'
				? { ...look.failure, kind: 'unknown' }
				: { kind: 'unknown', message: '' };
		const mustNotBeSent = (input: Input) => {
			const inDoubt = this.claims.inDoubt(input);
			if (inDoubt.length === 0) return false;
			const isUntold = inDoubt.some(({ hasReference }) => !hasReference);
			return isUntold || look.outcome === 'cannotTell' || !isResubmitted(input.settings);
		};
		if (this.journal.open.length === 0) return { accepted, rejected: [], rest };
		const blocked = new Set(rest.filter(mustNotBeSent));
		return {
			accepted,
			rejected: blocked.size === 0 ? [] : [{ inputs: [...blocked], failure }],
			rest: rest.filter((input) => !blocked.has(input)),
		};
	}

	/**
	 * A token may have been replaced since the last try. What the account in use can see was sent to it, and
	 * where Extend cannot be asked that is assumed, because nothing must be doubled. What was sent a moment ago
	 * may not be visible yet.
	 */
	private async recognizeAccount(inputs: readonly Claimant[]): Promise<void> {
		for (const entry of this.journal.ofOtherCredentials) {
			const { batchId } = entry;
			const settleMs = timeLeft([entry], inputs);
			if (batchId === undefined) {
				const { outcome } = await this.sender.look([entry], settleMs, 'all');
				if (outcome === 'found') this.journal.isOurs(entry);
			} else {
				if (await this.staysMissing(batchId, settleMs)) continue;
				this.journal.isOurs(entry);
				this.claims.found(entry, batchId);
			}
		}
	}

	/** Whether the account in use still does not have what a request started when it must have become visible. */
	private async staysMissing(id: string, settleMs: number): Promise<boolean> {
		const end = steadyNow() + settleMs;
		for (;;) {
			const left = end - steadyNow();
			if (!(await this.isMissing(id))) return false;
			if (left <= 0) return true;
			if (!(await pause(Math.min(left, ACCOUNT_PAUSE_MS), this.client.signal))) return false;
		}
	}

	/** Whether the account in use does not show what a request started. */
	private async isMissing(id: string): Promise<boolean> {
		if (this.request.starts === 'run') {
			const run = await fetchRun(this.client, id);
			return !run.ok && run.failure.status === 404;
		}
		const runs = await this.client.page('/workflow_runs', { batchId: id, maxPageSize: 1 });
		return runs.ok && runs.body.data.length === 0;
	}

	/**
	 * Submits inputs, which share their settings, as one batch. If Extend refuses it because of some of its
	 * inputs, these are found and the rest is submitted; if it is too large, it is cut in two.
	 */
	async submit<Input extends Submitted>(inputs: Input[]): Promise<SubmissionResult<Input>> {
		const { accepted, rest } = this.claims.claim(inputs);
		const result: SubmissionResult<Input> = { accepted, rejected: [] };
		if (rest.length === 0) return result;
		const sent = await this.sender.send(rest, 'submit');
		if (sent.kind === 'accepted') result.accepted.push(this.claims.take(sent.entry, rest));
		else if (sent.kind === 'found') add(result, await this.submit(rest));
		else if (rest.length > 1 && isTooLarge(sent.failure)) {
			const middle = Math.ceil(rest.length / 2);
			add(result, await this.submit(rest.slice(0, middle)));
			add(result, await this.submit(rest.slice(middle)));
		} else if (rest.length > 1 && sent.isSearchable && rest[0]!.settings.isolateBadInputs) {
			add(result, await this.isolate(rest, sent.failure));
		} else {
			result.rejected.push({ inputs: rest, failure: sent.failure, missing: sent.missing });
		}
		return result;
	}

	/**
	 * Looks once more for every request of this run of the node whose outcome is unknown, until the settle
	 * time of the last one is over. What turns up can be had from `claims`.
	 */
	async lookForTheRest(inputs: readonly Claimant[]): Promise<void> {
		const open = this.journal.open.filter((entry) => this.journal.isOfThisRun(entry));
		await this.sender.look(open, timeLeft(open, inputs), 'all');
	}

	/**
	 * Looks once more for requests of unknown outcome that hold an input which was accepted with another one.
	 * @returns Extend's ids of what they started, as far as it turned up
	 */
	async lookAgain(input: Claimant): Promise<string[]> {
		const open = this.claims.openOf([input]);
		if (open.length === 0) return [];
		await this.sender.look(open, 0, 'all');
		return open.flatMap(({ batchId }) => (batchId === undefined ? [] : [batchId]));
	}

	/** Finds the inputs because of which a batch was refused, and submits the others; see `searchBadInputs`. */
	private async isolate<Input extends Submitted>(
		inputs: Input[],
		refusal: CallFailure,
	): Promise<SubmissionResult<Input>> {
		const result: SubmissionResult<Input> = { accepted: [], rejected: [] };
		const isAfterServerErrors = refusal.kind === 'unknown';
		const done = new Set<Input>();
		const submit = async (group: Input[]): Promise<CallFailure | 'accepted' | 'failed'> => {
			const { accepted, rest } = this.claims.claim(group.filter((input) => !done.has(input)));
			for (const batch of accepted) batch.inputs.forEach((input) => done.add(input));
			result.accepted.push(...accepted);
			if (rest.length === 0) return 'accepted';
			const sent = await this.sender.send(rest, isAfterServerErrors ? 'search' : 'submit');
			if (sent.kind === 'found') return await submit(rest);
			if (sent.kind === 'accepted') {
				result.accepted.push(this.claims.take(sent.entry, rest));
				return 'accepted';
			}
			if (sent.isSearchable) return sent.failure;
			result.rejected.push({ inputs: rest, failure: sent.failure, missing: sent.missing });
			return 'failed';
		};
		const bad = await searchBadInputs(
			inputs,
			refusal,
			submit,
			isAfterServerErrors ? MOST_FRUITLESS_CALLS_AFTER_SERVER_ERRORS : MOST_FRUITLESS_CALLS,
		);
		for (const rejection of bad) {
			const left = rejection.inputs.filter((input) => !done.has(input));
			if (left.length > 0) result.rejected.push({ ...rejection, inputs: left });
		}
		return result;
	}
}

/** Milliseconds until the settle time of the last of these requests is over. */
function timeLeft(entries: readonly JournalEntry[], inputs: readonly Claimant[]): number {
	if (entries.length === 0) return 0;
	const settleMs = 1000 * largest(inputs.map(({ settings }) => settings.settleSeconds));
	const lastSentAt = largest(entries.map(({ sentAt }) => sentAt));
	return Math.min(settleMs, Math.max(0, lastSentAt + settleMs - Date.now()));
}

/** Not `Math.max(...numbers)`: the stack does not hold as many arguments as there may be inputs. */
function largest(numbers: number[]): number {
	return numbers.reduce((most, number) => Math.max(most, number), 0);
}

function add<Input>(result: SubmissionResult<Input>, more: SubmissionResult<Input>): void {
	for (const batch of more.accepted) result.accepted.push(batch);
	for (const rejection of more.rejected) result.rejected.push(rejection);
}
