import { TIMEOUTS_MS } from '../extend/client/client';
import type { Call, ExtendClient } from '../extend/client/client';
import { steadyNow } from '../extend/client/clock';
import { mayBeDone } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { canLieInInputs } from './badInputs';
import type { Claims } from './claims';
import { withDocuments } from './journal';
import type { Journal, JournalEntry } from './journal';
import { SubmissionLookup } from './lookup';
import type { LookupResult } from './lookup';
import { isResubmitted } from './types';
import type { RequestKind, RunInput, SubmissionSettings } from './types';
import type { WorkflowCheck } from './workflowCheck';

/** What became of one group of inputs. */
export type Sent =
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

/** What bounds the calls of a batch; see `CallLimits` of the client. */
export type Control = (settings: SubmissionSettings) => Pick<Call, 'isWanted' | 'onFailure'>;

/** Sends batches one request at a time, each noted in the journal before it leaves, and looks for lost ones. */
export class BatchSender<Input extends RunInput> {
	private readonly lookup: SubmissionLookup;

	/**
	 * @param control tells whether more is wanted, and is told of failures before other calls go on
	 * @param request how inputs are sent
	 */
	constructor(
		private readonly client: ExtendClient,
		private readonly journal: Journal,
		private readonly claims: Claims,
		private readonly workflows: WorkflowCheck,
		private readonly control: Control,
		private readonly request: RequestKind<Input>,
	) {
		this.lookup = new SubmissionLookup(client, request.starts);
		for (const { batchId } of journal.entries) if (batchId) this.lookup.ruleOut(batchId);
	}

	/**
	 * Looks for those of these requests that carry a reference. What is found, also by a look for others, is
	 * noted in the journal and can be claimed.
	 */
	async look(
		entries: JournalEntry[],
		settleMs: number,
		wanted: 'one' | 'all',
	): Promise<LookupResult> {
		const lost = entries.filter(({ hasReference }) => hasReference);
		if (lost.length === 0) return { outcome: 'notFound' };
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
	async send(inputs: Input[], mode: 'submit' | 'search'): Promise<Sent> {
		const { settings } = inputs[0]!;
		const settleMs = settings.settleSeconds * 1000;
		const startedAt = steadyNow();
		let areServerErrors = true;
		for (let round = 1; ; round++) {
			const sent = await this.sendOnce(inputs);
			if (sent.kind === 'accepted') return sent;
			// A look for another batch may have found this one while its request was still open.
			if (this.claims.isAnyAccepted(inputs)) return { kind: 'found' };
			const { failure } = sent;
			if (!mayBeDone(failure)) return await this.refusal(settings, failure);
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
		inputs: Input[],
	): Promise<{ kind: 'accepted'; entry: JournalEntry } | { kind: 'failed'; failure: CallFailure }> {
		const { settings } = inputs[0]!;
		const { request } = this;
		const submission = request.submissionOf(inputs);
		let entry: JournalEntry | undefined;
		const result = await this.client.attempt<object>({
			category: 'RUN',
			method: 'POST',
			path: request.path,
			repeatable: 'once',
			timeoutMs: TIMEOUTS_MS.submit,
			...this.control(settings),
			body: async () => request.body(inputs, submission),
			onSending: () => {
				if (entry !== undefined) return;
				const noted = {
					submission,
					workflowId: settings.workflowId,
					version: settings.version,
					items: inputs.map(({ itemIndex }) => itemIndex),
					...fieldsOf(inputs),
					sentAt: Date.now(),
					sentAtByExtend: this.client.extendNow(),
					hasReference: settings.reference,
				};
				entry = this.journal.sending(withDocuments(noted, inputs));
			},
		});
		if (!result.ok) {
			const { failure } = result;
			const wasSeen = entry?.batchId !== undefined;
			if (!mayBeDone(failure) && !wasSeen && entry !== undefined) this.journal.notCarriedOut(entry);
			return { kind: 'failed', failure };
		}
		const batchId = request.idIn(result.body);
		if (typeof batchId !== 'string' || batchId === '' || entry === undefined) {
			const message = `the answer has no ${request.starts} ID`;
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
}

/** Who does not want to wait for lost batches has not seen enough to search. */
function canBeSearched(inputs: readonly RunInput[]): boolean {
	const { isolateBadInputs, settleSeconds } = inputs[0]!.settings;
	return inputs.length > 1 && isolateBadInputs && settleSeconds > 0;
}

/** The binary fields of the inputs, for the journal. */
function fieldsOf(inputs: readonly RunInput[]): { fields?: string[] } {
	if (inputs.every(({ field }) => field === undefined)) return {};
	return { fields: inputs.map(({ field = '' }) => field) };
}
