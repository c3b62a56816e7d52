import { randomUUID } from 'crypto';

import type { Call, ExtendClient } from '../../extend/client';
import { TIMEOUTS_MS } from '../../extend/client';
import { steadyNow } from '../../extend/clock';
import { isTooLarge } from '../../extend/failure';
import type { CallFailure } from '../../extend/failure';
import { withReference } from '../../extend/reference';
import type { BatchAccepted, RunFile } from '../../extend/types';
import { MOST_FRUITLESS_CALLS, canLieInInputs, searchBadInputs } from './badInputs';
import { Claims } from './claims';
import { documentId } from './journal';
import type { Journal, JournalEntry } from './journal';
import { SubmissionLookup } from './lookup';
import type { WorkflowCheck } from './workflowCheck';

/** What a batch is submitted with. */
export interface SubmissionSettings {
	workflowId: string;
	/** Empty: the newest deployed version. */
	version: string;
	/** 1 (first) to 100; absent: Extend's default for batches. */
	priority?: number;
	reference: boolean;
	onUnknownOutcome: 'resubmit' | 'fail';
	settleSeconds: number;
	isolateBadInputs: boolean;
}

/** An item of the input, and what was to be sent for it. */
export interface Claimant {
	itemIndex: number;
	/** The same object for all inputs of a batch. */
	settings: SubmissionSettings;
	/** What the document is, to recognize it in a later try; `undefined` if the item is not valid any more. */
	document: string | undefined;
}

/** One input of a batch: a document that becomes one run. */
export interface RunInput extends Claimant {
	file: RunFile;
	metadata?: Record<string, unknown>;
	secrets?: Record<string, unknown>;
}

/** Inputs that Extend has accepted, all in one batch. */
export interface AcceptedInputs<Input> {
	batchId: string;
	workflowId: string;
	version: string;
	/** When the batch was sent, ISO time. */
	submittedAt: string;
	/** Number of runs of the batch. */
	size: number;
	inputs: Input[];
	/** The position of each input in the batch. */
	positions: number[];
}

/** Inputs that did not become runs, or of which it is not known. */
export interface RejectedInputs<Input> {
	inputs: Input[];
	failure: CallFailure;
	/** What Extend does not have, if that is the reason. */
	missing?: 'workflow' | 'version';
	/** Set if the inputs were only in the company of bad ones when the search for these was given up. */
	searchGivenUp?: boolean;
}

/** What became of the inputs of a batch; each input is in exactly one place. */
export interface SubmissionResult<Input> {
	accepted: Array<AcceptedInputs<Input>>;
	rejected: Array<RejectedInputs<Input>>;
}

/** What became of one group of inputs. */
type Sent =
	| { kind: 'accepted'; entry: JournalEntry }
	/** An earlier request for some of these inputs turned out to have been carried out. */
	| { kind: 'found' }
	/** `isSearchable`: single inputs may be the reason. */
	| {
			kind: 'failed';
			failure: CallFailure;
			missing?: 'workflow' | 'version';
			isSearchable: boolean;
	  };

/** How often a submission whose answer was lost is made anew, after it was looked for in vain. */
const MOST_SUBMISSIONS = 5;

/**
 * After so many submissions of a batch that Extend answered with 5xx and of which no look found a run, a
 * single input may be what it cannot digest, and it is searched for.
 */
const SERVER_ERRORS_BEFORE_SEARCH = 3;

/**
 * Milliseconds: how long Extend must have been watched before such a search, and for how long each group is
 * looked for in it.
 */
export const SEARCH_AFTER_SERVER_ERRORS_MS = { leastWatched: 15_000, settle: 1_000 };

/** Most calls of such a search as long as nothing is accepted: each might have been carried out unseen. */
const MOST_FRUITLESS_CALLS_AFTER_SERVER_ERRORS = 12;

/** Submits batches so that no input becomes two runs and none is lost. */
export class BatchSubmitter {
	private readonly lookup: SubmissionLookup;

	/** Which batches hold which of the node's inputs. */
	readonly claims: Claims;

	/**
	 * @param origin n8n's workflow and execution, for the reference
	 * @param control tells whether more is wanted, and is told of failures before other calls go on
	 */
	constructor(
		private readonly client: ExtendClient,
		private readonly journal: Journal,
		private readonly origin: { workflow: string; execution: string },
		private readonly workflows: WorkflowCheck,
		private readonly control: (
			settings: SubmissionSettings,
		) => Required<Pick<Call, 'isWanted' | 'onFailure'>>,
	) {
		this.lookup = new SubmissionLookup(client);
		this.claims = new Claims(journal);
		for (const { batchId } of journal.entries) if (batchId) this.lookup.ruleOut(batchId);
	}

	/**
	 * Takes over what earlier tries did, item by item, after looking for every request of unknown outcome.
	 * @returns also the inputs that are still to be submitted
	 */
	async recall<Input extends Claimant>(
		inputs: Input[],
	): Promise<SubmissionResult<Input> & { rest: Input[] }> {
		await this.recognizeAccount();
		const open = this.journal.open.filter(
			(entry) => this.journal.isOfThisRun(entry) || this.claims.concerns(entry, inputs),
		);
		const concerned = open.filter((entry) => this.claims.concerns(entry, inputs));
		const settleMs = 1000 * Math.max(0, ...settingsOf(inputs).map((one) => one.settleSeconds));
		const ends = concerned.map(({ sentAt }) => sentAt + settleMs - Date.now());
		const look = await this.look(open, Math.min(settleMs, Math.max(0, ...ends)), 'all');
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
		const blocked = rest.filter(mustNotBeSent);
		return {
			accepted,
			rejected: blocked.length === 0 ? [] : [{ inputs: blocked, failure }],
			rest: blocked.length === 0 ? rest : rest.filter((input) => !blocked.includes(input)),
		};
	}

	/**
	 * A token may have been replaced since the last try. What the account in use can see was sent to it, and
	 * where Extend cannot be asked that is assumed, because nothing must be doubled.
	 */
	private async recognizeAccount(): Promise<void> {
		for (const entry of this.journal.ofOtherCredentials) {
			const { batchId } = entry;
			if (batchId === undefined) {
				if (!entry.hasReference) continue;
				const { outcome } = await this.lookup.look([entry], 0, 'all');
				if (outcome === 'found') this.journal.isOurs(entry);
			} else {
				const runs = await this.client.page('/workflow_runs', { batchId, maxPageSize: 1 });
				if (runs.ok && runs.body.data.length === 0) continue;
				this.journal.isOurs(entry);
				this.claims.found(entry, batchId);
			}
		}
	}

	/**
	 * Submits inputs, which share their settings, as one batch. If Extend refuses it because of some of its
	 * inputs, these are found and the rest is submitted; if it is too large, it is cut in two.
	 */
	async submit<Input extends RunInput>(inputs: Input[]): Promise<SubmissionResult<Input>> {
		const { accepted, rest } = this.claims.claim(inputs);
		const result: SubmissionResult<Input> = { accepted, rejected: [] };
		if (rest.length === 0) return result;
		const sent = await this.send(rest, 'submit');
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
	async lookForTheRest(settings: SubmissionSettings[]): Promise<void> {
		const open = this.journal.open.filter((entry) => this.journal.isOfThisRun(entry));
		const settleMs = 1000 * Math.max(0, ...settings.map((one) => one.settleSeconds));
		const ends = open.map(({ sentAt }) => sentAt + settleMs - Date.now());
		await this.look(open, Math.min(settleMs, Math.max(0, ...ends)), 'all');
	}

	/** Looks for those of these requests that carry a reference, and notes in the journal what is found. */
	private async look(entries: JournalEntry[], settleMs: number, wanted: 'one' | 'all') {
		const lost = entries.filter(({ hasReference }) => hasReference);
		if (lost.length === 0) return { outcome: 'notFound' } as const;
		const result = await this.lookup.look(lost, settleMs, wanted);
		for (const entry of this.journal.open) {
			const batchId = this.lookup.batchOf(entry.submission);
			if (batchId !== undefined) this.claims.found(entry, batchId);
		}
		return result;
	}

	/**
	 * Sends one batch and finds out what became of it.
	 * @param mode `search`: after server errors, so that another one counts as a refusal
	 */
	private async send(inputs: RunInput[], mode: 'submit' | 'search'): Promise<Sent> {
		const { settings } = inputs[0]!;
		const settleMs = settings.settleSeconds * 1000;
		const startedAt = steadyNow();
		let areServerErrors = true;
		for (let round = 1; ; round++) {
			const sent = await this.sendOnce(inputs);
			if (sent.kind === 'accepted') return sent;
			const { failure } = sent;
			const isUnknown = failure.kind === 'unknown' || failure.kind === 'interrupted';
			if (!isUnknown) return await this.refusal(settings, failure);
			const giveUp: Sent = { kind: 'failed', failure, isSearchable: false };
			if (failure.kind === 'interrupted' || !settings.reference) return giveUp;

			const lost = this.claims.openOf(inputs);
			const lookMs =
				mode === 'search' ? Math.min(settleMs, SEARCH_AFTER_SERVER_ERRORS_MS.settle) : settleMs;
			const look = await this.look(lost, lookMs, 'one');
			if (look.outcome === 'found') return { kind: 'found' };
			if (look.outcome === 'cannotTell' || !isResubmitted(settings)) return giveUp;

			areServerErrors &&= (failure.status ?? 0) >= 500;
			if (mode === 'search' && areServerErrors) return { ...giveUp, isSearchable: true };
			if (areServerErrors && round === SERVER_ERRORS_BEFORE_SEARCH && canBeSearched(inputs)) {
				const left = Math.max(
					0,
					SEARCH_AFTER_SERVER_ERRORS_MS.leastWatched - (steadyNow() - startedAt),
				);
				const lastLook = await this.look(this.claims.openOf(inputs), left, 'one');
				if (lastLook.outcome === 'found') return { kind: 'found' };
				return { ...giveUp, isSearchable: lastLook.outcome === 'notFound' };
			}
			if (round === MOST_SUBMISSIONS) return giveUp;
		}
	}

	/** One request, noted in the journal before its bytes leave. */
	private async sendOnce(
		inputs: RunInput[],
	): Promise<{ kind: 'accepted'; entry: JournalEntry } | { kind: 'failed'; failure: CallFailure }> {
		const { settings } = inputs[0]!;
		const submission = randomUUID();
		let entry: JournalEntry | undefined;
		const result = await this.client.attempt<Partial<BatchAccepted>>({
			category: 'RUN',
			method: 'POST',
			path: '/workflow_runs/batch',
			repeatable: 'once',
			timeoutMs: TIMEOUTS_MS.submit,
			...this.control(settings),
			body: async () => this.requestBody(inputs, submission),
			onSending: () => {
				entry ??= this.journal.sending({
					submission,
					workflowId: settings.workflowId,
					version: settings.version,
					items: inputs.map(({ itemIndex }) => itemIndex),
					documents: inputs.map(({ document = '' }) => documentId(document)).join(''),
					sentAt: Date.now(),
					sentAtByExtend: this.client.extendNow(),
					hasReference: settings.reference,
				});
			},
		});
		if (!result.ok) {
			const { failure } = result;
			const isUnknown = failure.kind === 'unknown' || failure.kind === 'interrupted';
			if (!isUnknown && entry !== undefined) this.journal.notCarriedOut(entry);
			return { kind: 'failed', failure };
		}
		const { batchId } = result.body;
		if (typeof batchId !== 'string' || batchId === '' || entry === undefined) {
			const message = 'the answer names no batch id';
			return { kind: 'failed', failure: { kind: 'unknown', status: 200, message } };
		}
		this.lookup.ruleOut(batchId);
		this.journal.accepted(entry, batchId);
		return { kind: 'accepted', entry };
	}

	/** What a refusal means: a 404 may be about the workflow, its version, or one file. */
	private async refusal(settings: SubmissionSettings, failure: CallFailure): Promise<Sent> {
		const missing =
			failure.status === 404 ? await this.workflows.whatIsMissing(settings) : undefined;
		const isSearchable = missing === undefined && canLieInInputs(failure);
		return { kind: 'failed', failure, missing, isSearchable };
	}

	private requestBody(inputs: RunInput[], submission: string) {
		const { workflowId, version, priority, reference } = inputs[0]!.settings;
		const of = inputs.length;
		const { workflow, execution } = this.origin;
		return {
			workflow: { id: workflowId, ...(version === '' ? {} : { version }) },
			inputs: inputs.map(({ itemIndex, file, metadata, secrets }) => ({
				file,
				metadata: reference
					? withReference(metadata, { submission, item: itemIndex, of, workflow, execution })
					: metadata,
				secrets,
			})),
			...(priority === undefined ? {} : { priority }),
		};
	}

	/** Finds the inputs because of which a batch was refused, and submits the others; see `searchBadInputs`. */
	private async isolate<Input extends RunInput>(
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
			const sent = await this.send(rest, isAfterServerErrors ? 'search' : 'submit');
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

function settingsOf(inputs: readonly Claimant[]): SubmissionSettings[] {
	return [...new Set(inputs.map(({ settings }) => settings))];
}

function isResubmitted({ onUnknownOutcome }: SubmissionSettings): boolean {
	return onUnknownOutcome === 'resubmit';
}

/** Who does not want to wait for lost batches has not seen enough to search. */
function canBeSearched(inputs: readonly RunInput[]): boolean {
	const { isolateBadInputs, settleSeconds } = inputs[0]!.settings;
	return inputs.length > 1 && isolateBadInputs && settleSeconds > 0;
}

function add<Input>(result: SubmissionResult<Input>, more: SubmissionResult<Input>): void {
	for (const batch of more.accepted) result.accepted.push(batch);
	for (const rejection of more.rejected) result.rejected.push(rejection);
}
