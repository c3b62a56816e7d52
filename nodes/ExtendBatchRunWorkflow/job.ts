import type { IExecuteFunctions } from 'n8n-workflow';

import { planBatches } from '../extend/batches';
import type { PlannedBatch } from '../extend/batches';
import type { ExtendClient } from '../extend/client';
import { UNREADABLE_FILE } from '../extend/failure';
import type { CallFailure } from '../extend/failure';
import { uploadFile } from '../extend/files';
import { SubmissionMemory } from '../extend/memory';
import { ENDING_STATUSES } from '../extend/runs';
import { BatchSubmitter } from '../extend/submission';
import type { AcceptedInputs, RejectedInputs, SubmissionSettings } from '../extend/submission';
import type { RunFile } from '../extend/types';
import { originOf } from './inputs';
import type { BatchSettings, PreparedInput } from './inputs';

/** An input whose document Extend can read. */
export interface ReadyInput extends PreparedInput {
	file: RunFile;
}

/** Inputs that did not become runs, with what was being done when that was decided. */
export interface JobRejection extends RejectedInputs<PreparedInput> {
	step: 'upload' | 'submit';
}

/** What became of all inputs: each is in exactly one batch or rejection, or was not tried. */
export interface JobResult {
	/** In the order of the planned batches. */
	accepted: Array<AcceptedInputs<PreparedInput>>;
	rejected: JobRejection[];
	/** Inputs that were not submitted because the job had to stop before. */
	notTried: PreparedInput[];
}

type InputBatch = PlannedBatch<BatchSettings, PreparedInput>;

/** Batches that are prepared and submitted side by side. How many calls are under way is up to the client. */
const BATCHES_AT_ONCE = 8;

/** Uploads and submits the inputs of one node run. */
export class BatchJob {
	private readonly memory: SubmissionMemory;

	private readonly submitter: BatchSubmitter;

	private readonly result: JobResult = { accepted: [], rejected: [], notTried: [] };

	private isStopped = false;

	/** Workflows that Extend does not have, by id and version. */
	private readonly missing = new Set<string>();

	/** @param stopsAtFirst whether the first input that fails ends the job, as with "On Error: Stop" */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly client: ExtendClient,
		private readonly inputs: PreparedInput[],
		private readonly stopsAtFirst: boolean,
	) {
		const byItem = new Map(inputs.map((input) => [input.itemIndex, input]));
		this.memory = SubmissionMemory.open(context, (item) => byItem.get(item)?.document);
		this.submitter = new BatchSubmitter(client, this.memory, originOf(context), (settings) => ({
			isWanted: () => this.isWanted(settings),
			onFailure: (failure) => {
				this.note(failure);
				if (failure.status === 404) this.missing.add(workflowKey(settings));
			},
		}));
		for (const { confidential } of inputs) {
			for (const secret of confidential) client.keepSecret(secret);
		}
	}

	/** Does the job; it never throws for a call that fails. */
	async run(): Promise<JobResult> {
		const missing = await this.recall();
		const batches = planBatches<BatchSettings, PreparedInput>(missing);
		let next = 0;
		const worker = async () => {
			for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
				await this.process(batch);
			}
		};
		await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
		this.sortResult();
		const isDone = this.result.rejected.length === 0 && this.result.notTried.length === 0;
		if (isDone) this.memory.forget();
		return this.result;
	}

	/** Takes over what earlier tries of this node run did. @returns the inputs that are still to do */
	private async recall(): Promise<PreparedInput[]> {
		const todo = new Map(this.inputs.map((input) => [input.itemIndex, this.withUpload(input)]));
		const take = (items: number[]) =>
			items.flatMap((item) => {
				const input = todo.get(item);
				todo.delete(item);
				return input === undefined ? [] : [input];
			});
		const adopt = (batchId: string, submittedAt: string, items: number[]) => {
			const inputs = take(items);
			if (inputs.length > 0) this.result.accepted.push({ batchId, submittedAt, inputs });
		};
		for (const { batchId, submittedAt, items } of this.memory.accepted) {
			adopt(batchId, submittedAt, items);
		}
		await Promise.all(
			[...this.memory.pending].map(async (pending) => {
				const settings = todo.get(pending.items[0] ?? -1)?.settings;
				if (settings === undefined) return;
				const outcome = await this.submitter.resume(pending, settings);
				if (outcome === undefined) return;
				if (typeof outcome === 'string') {
					adopt(outcome, new Date(pending.attemptedAt).toISOString(), pending.items);
				} else {
					this.reject('submit', {
						inputs: take(pending.items),
						failure: outcome,
						unknownSubmission: pending.submission,
					});
				}
			}),
		);
		return [...todo.values()];
	}

	/** An input with the file that was uploaded for it in an earlier try, if there is one. */
	private withUpload(input: PreparedInput): PreparedInput {
		if (input.upload === undefined) return input;
		const id = this.memory.uploadOf(input.itemIndex, input.document);
		return id === undefined ? input : { ...input, file: { id } };
	}

	private async process({ settings, inputs }: InputBatch): Promise<void> {
		const ready = await this.upload(settings, inputs);
		if (ready.length === 0) return;
		if (!this.isWanted(settings)) {
			this.result.notTried.push(...ready);
			return;
		}
		const { accepted, rejected } = await this.submitter.submit(settings, ready);
		this.result.accepted.push(...accepted);
		for (const rejection of rejected) this.reject('submit', rejection);
	}

	/** Uploads what needs it. @returns the inputs whose documents Extend has or can fetch, in their order */
	private async upload(settings: BatchSettings, inputs: PreparedInput[]): Promise<ReadyInput[]> {
		const files = await Promise.all(
			inputs.map(async (input): Promise<RunFile | undefined> => {
				const { upload, itemIndex, document, file } = input;
				if (file !== undefined || upload === undefined) return file;
				const sent = await uploadFile(this.context, this.client, upload, {
					isWanted: () => this.isWanted(settings),
					onFailure: (failure) => {
						this.note(failure);
					},
				});
				if (!sent.ok) {
					this.reject('upload', { inputs: [input], failure: sent.failure });
					return undefined;
				}
				this.memory.uploaded(itemIndex, document, sent.body.id);
				return { id: sent.body.id };
			}),
		);
		return inputs.flatMap((input, position) => {
			const file = files[position];
			return file === undefined ? [] : [{ ...input, file }];
		});
	}

	private isWanted(settings: SubmissionSettings): boolean {
		return !this.isStopped && !this.missing.has(workflowKey(settings));
	}

	/** Ends the job if no further call can succeed. */
	private note({ kind, status, code, retryable }: CallFailure): void {
		if (kind === 'interrupted') this.isStopped = true;
		const isForbidden = kind === 'notSent' && retryable === false && code !== UNREADABLE_FILE;
		if (isForbidden) this.isStopped = true;
		if (kind === 'refused' && ENDING_STATUSES.has(status ?? 0)) this.isStopped = true;
	}

	private reject(step: JobRejection['step'], rejection: RejectedInputs<PreparedInput>): void {
		const { failure, inputs } = rejection;
		if (failure.kind === 'cancelled') {
			this.result.notTried.push(...inputs);
			return;
		}
		this.result.rejected.push({ ...rejection, step });
		if (this.stopsAtFirst) this.isStopped = true;
	}

	private sortResult(): void {
		const groups = new Map<BatchSettings, number>();
		for (const { settings } of this.inputs) {
			if (!groups.has(settings)) groups.set(settings, groups.size);
		}
		const place = ({ inputs }: { inputs: PreparedInput[] }) => {
			const first = inputs[0];
			return first === undefined ? [0, 0] : [groups.get(first.settings) ?? 0, first.itemIndex];
		};
		const byPlace = (a: { inputs: PreparedInput[] }, b: { inputs: PreparedInput[] }) => {
			const [groupA = 0, itemA = 0] = place(a);
			const [groupB = 0, itemB = 0] = place(b);
			return groupA - groupB || itemA - itemB;
		};
		this.result.accepted.sort(byPlace);
		this.result.rejected.sort(
			(a, b) => (a.inputs[0]?.itemIndex ?? 0) - (b.inputs[0]?.itemIndex ?? 0),
		);
		this.result.notTried.sort((a, b) => a.itemIndex - b.itemIndex);
	}
}

function workflowKey({ workflowId, version }: SubmissionSettings): string {
	return JSON.stringify([workflowId, version]);
}
