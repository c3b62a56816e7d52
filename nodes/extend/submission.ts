import { randomUUID } from 'crypto';

import type { Call, ExtendClient } from './client';
import { TIMEOUTS_MS } from './client';
import type { CallFailure } from './failure';
import { isCommonToAllInputs, searchBadInputs } from './isolation';
import type { RefusedInputs } from './isolation';
import { SubmissionLookup } from './lookup';
import type { RememberedSubmission, SubmissionMemory } from './memory';
import { withReference } from './reference';
import type { BatchAccepted, RunFile } from './types';

/** One input of a batch: a document that becomes one run. */
export interface RunInput {
	itemIndex: number;
	file: RunFile;
	metadata?: Record<string, unknown>;
	secrets?: Record<string, unknown>;
}

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

/** Inputs that Extend has accepted as one batch. */
export interface AcceptedInputs<Input> {
	batchId: string;
	/** ISO time. */
	submittedAt: string;
	inputs: Input[];
}

/** Inputs that did not become runs, or of which it is not known. */
export interface RejectedInputs<Input> extends RefusedInputs<Input> {
	/** The submission whose outcome is not known. */
	unknownSubmission?: string;
}

/** What became of the inputs of a batch; each input is in exactly one place. */
export interface SubmissionResult<Input> {
	accepted: Array<AcceptedInputs<Input>>;
	rejected: Array<RejectedInputs<Input>>;
}

type Sent = { batchId: string; submittedAt: string } | Omit<RejectedInputs<never>, 'inputs'>;

/** How often a submission whose answer was lost is made anew, after it was looked for in vain. */
const MOST_SUBMISSIONS = 5;

/** Submits batches so that no input becomes two runs and none is lost. */
export class BatchSubmitter {
	private readonly lookup: SubmissionLookup;

	/**
	 * @param origin n8n's workflow and execution, for the reference
	 * @param control tells whether more is wanted, and is told of failures before other calls go on
	 */
	constructor(
		private readonly client: ExtendClient,
		private readonly memory: SubmissionMemory,
		private readonly origin: { workflow: string; execution: string },
		private readonly control: (
			settings: SubmissionSettings,
		) => Required<Pick<Call, 'isWanted' | 'onFailure'>>,
	) {
		this.lookup = new SubmissionLookup(client);
		for (const { batchId } of memory.accepted) this.lookup.ruleOut(batchId);
	}

	/**
	 * Submits inputs as one batch. If Extend refuses it because of some of its inputs, these are found and
	 * the rest is submitted; if it is too large, it is cut in two.
	 */
	async submit<Input extends RunInput>(
		settings: SubmissionSettings,
		inputs: Input[],
	): Promise<SubmissionResult<Input>> {
		const sent = await this.send(settings, inputs);
		if ('batchId' in sent) return { accepted: [{ ...sent, inputs }], rejected: [] };
		if (inputs.length > 1 && sent.failure.status === 413) {
			const middle = Math.ceil(inputs.length / 2);
			const first = await this.submit(settings, inputs.slice(0, middle));
			const second = await this.submit(settings, inputs.slice(middle));
			return {
				accepted: [...first.accepted, ...second.accepted],
				rejected: [...first.rejected, ...second.rejected],
			};
		}
		if (inputs.length > 1 && settings.isolateBadInputs && !isCommonToAllInputs(sent.failure)) {
			return await this.isolate(settings, inputs, sent.failure);
		}
		return { accepted: [], rejected: [{ ...sent, inputs }] };
	}

	/**
	 * Looks for a submission of an earlier try.
	 * @returns the batch id if it was accepted; `undefined` if it was not and may be submitted again;
	 * else why it must not be
	 */
	async resume(
		pending: RememberedSubmission,
		settings: SubmissionSettings,
	): Promise<string | CallFailure | undefined> {
		const { submission, items } = pending;
		const unknown: CallFailure = { kind: 'unknown', message: '' };
		if (!settings.reference) return unknown;
		const found = await this.lookup.find(
			pending,
			pending.attemptedAt + settings.settleSeconds * 1000,
		);
		if (found.outcome === 'found') {
			const { batchId } = found;
			const submittedAt = new Date(pending.attemptedAt).toISOString();
			this.memory.acceptedAs(submission, { batchId, submittedAt, items });
			return batchId;
		}
		if (found.outcome === 'cannotTell') return { ...found.failure, kind: 'unknown' };
		if (settings.onUnknownOutcome === 'fail') return unknown;
		this.memory.settled(submission);
		return undefined;
	}

	/** Sends one batch and finds out what became of it. */
	private async send(settings: SubmissionSettings, inputs: RunInput[]): Promise<Sent> {
		const items = inputs.map(({ itemIndex }) => itemIndex);
		let failure: CallFailure = { kind: 'unknown', message: '' };
		let submission = '';
		for (let round = 0; round < MOST_SUBMISSIONS; round++) {
			submission = randomUUID();
			let attemptedAt: number | undefined;
			const sending = submission;
			const result = await this.client.attempt<Partial<BatchAccepted>>({
				category: 'RUN',
				method: 'POST',
				path: '/workflow_runs/batch',
				repeatable: 'once',
				timeoutMs: TIMEOUTS_MS.submit,
				...this.control(settings),
				body: async () => this.requestBody(settings, inputs, sending),
				onSending: () => {
					attemptedAt ??= Date.now();
					this.memory.sending(sending, settings.workflowId, items);
				},
			});
			if (result.ok && typeof result.body.batchId === 'string' && result.body.batchId !== '') {
				return this.accepted(submission, result.body.batchId, items);
			}
			failure = result.ok
				? { kind: 'unknown', status: 200, message: 'the answer names no batch id' }
				: result.failure;
			if (failure.kind !== 'unknown' && failure.kind !== 'interrupted') {
				this.memory.settled(submission);
				return { failure };
			}
			if (failure.kind === 'interrupted' || !settings.reference) break;

			const lost = {
				submission,
				workflowId: settings.workflowId,
				attemptedAt: attemptedAt ?? Date.now(),
			};
			const found = await this.lookup.find(lost, Date.now() + settings.settleSeconds * 1000);
			if (found.outcome === 'found') return this.accepted(submission, found.batchId, items);
			if (found.outcome === 'cannotTell' || settings.onUnknownOutcome === 'fail') break;
			this.memory.settled(submission);
			if (round === MOST_SUBMISSIONS - 1) return { failure };
		}
		return { failure, unknownSubmission: submission };
	}

	private accepted(submission: string, batchId: string, items: number[]) {
		const submittedAt = new Date().toISOString();
		this.lookup.ruleOut(batchId);
		this.memory.acceptedAs(submission, { batchId, submittedAt, items });
		return { batchId, submittedAt };
	}

	private requestBody(settings: SubmissionSettings, inputs: RunInput[], submission: string) {
		const { workflowId, version, priority, reference } = settings;
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
		settings: SubmissionSettings,
		inputs: Input[],
		refusal: CallFailure,
	): Promise<SubmissionResult<Input>> {
		const result: SubmissionResult<Input> = { accepted: [], rejected: [] };
		const bad = await searchBadInputs(inputs, refusal, async (group) => {
			const sent = await this.send(settings, group);
			if ('batchId' in sent) {
				result.accepted.push({ ...sent, inputs: group });
				return 'accepted';
			}
			if (!isCommonToAllInputs(sent.failure)) return sent.failure;
			result.rejected.push({ ...sent, inputs: group });
			return 'failed';
		});
		result.rejected.push(...bad);
		return result;
	}
}
