import type { IExecuteFunctions } from 'n8n-workflow';

import type { ExtendClient } from '../extend/client/client';
import { eachAtOnce } from '../extend/client/waiting';
import { endsJob } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import { uploadFile } from '../extend/api/files';
import type { RunFile } from '../extend/api/types';
import { originOf } from './parameters';
import type { BatchSettings, PreparedInput } from './parameters';
import { append, sortOutcome } from './outcome';
import type { InputPlace, JobInput, JobRejection, JobResult } from './outcome';
import { batchRequest } from './batchRequest';
import { JobTakeOver } from './jobKey/jobTakeOver';
import { SubmissionIds } from './jobKey/submissionIds';
import { eachBatch } from '../submit/batches';
import { Journal } from '../submit/journal';
import { BatchSubmitter } from '../submit/submitter';
import type { AcceptedInputs, RejectedInputs, SubmissionSettings } from '../submit/types';
import { WorkflowCheck } from '../submit/workflowCheck';

/** An input whose document Extend can read. */
type ReadyInput = JobInput & { file: RunFile };

function isReady(input: JobInput): input is ReadyInput {
	return input.file !== undefined;
}

/** Batches that are prepared and submitted side by side. How many calls are under way is up to the client. */
const BATCHES_AT_ONCE = 8;

/** Uploads and submits the inputs of one node run. */
export class BatchJob {
	private readonly journal: Journal;

	private readonly submitter: BatchSubmitter;

	private readonly workflows: WorkflowCheck;

	/** Makes the ids of requests under a Job Key. */
	private readonly ids = new SubmissionIds();

	private readonly jobs: JobTakeOver;

	private readonly accepted: Array<AcceptedInputs<JobInput>> = [];

	private readonly rejected: Array<Omit<JobRejection, 'inDoubt'>> = [];

	private readonly notTried: JobInput[] = [];

	private isStopped = false;

	/**
	 * @param invalid the items, and files of items, that cannot be submitted as they are
	 * @param stopsAtFirst whether the first input that fails ends the job, as with "On Error: Stop"
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly client: ExtendClient,
		private readonly inputs: PreparedInput[],
		private readonly invalid: readonly InputPlace[],
		private readonly stopsAtFirst: boolean,
	) {
		this.journal = Journal.open(context, client.account);
		this.workflows = new WorkflowCheck(client);
		this.jobs = new JobTakeOver(context, client, this.journal, this.ids);
		this.submitter = new BatchSubmitter(
			client,
			this.journal,
			this.workflows,
			(settings) => ({
				isWanted: () => this.isWanted(settings),
				onFailure: (failure) => {
					this.note(failure);
				},
			}),
			batchRequest(originOf(context), this.ids),
		);
		for (const { submission } of this.journal.all) this.ids.reserve(submission);
		for (const { confidential } of inputs) {
			for (const secret of confidential) client.keepSecret(secret);
		}
	}

	/** Does the job; it never throws for a call that fails. */
	async run(): Promise<JobResult> {
		const missing = await this.recall();
		// With "On Error: Stop", nothing more is sent as long as an item is not valid.
		if (this.stopsAtFirst && missing.invalid.length > 0) this.isStopped = true;
		const batches = eachBatch<BatchSettings, JobInput>(await this.takeOver(missing.inputs));
		await eachAtOnce(batches, BATCHES_AT_ONCE, async (batch) => {
			await this.process(batch);
		});
		return await this.conclude(missing.invalid);
	}

	/** Takes over what earlier tries of this node run did. @returns what is still to do */
	private async recall(): Promise<{ inputs: JobInput[]; invalid: JobInput[] }> {
		const inputs: JobInput[] = this.inputs.map((input) => this.withUpload(input));
		const invalid = this.invalid.map((place) => this.invalidInput(place));
		if (this.journal.isEmpty) return { inputs, invalid };
		const { accepted, rejected, rest } = await this.submitter.recall([...inputs, ...invalid]);
		this.take(accepted);
		for (const rejection of rejected) this.reject('submit', rejection);
		return {
			inputs: rest.filter(({ document }) => document !== undefined),
			invalid: rest.filter(({ document }) => document === undefined),
		};
	}

	/** Takes over what other executions submitted under the same Job Key. @returns what is still to do */
	private async takeOver(inputs: JobInput[]): Promise<JobInput[]> {
		if (this.isStopped || inputs.every(({ settings }) => settings.job === undefined)) return inputs;
		const { accepted, rejected, rest } = await this.jobs.takeOver(inputs);
		append(this.accepted, accepted);
		for (const rejection of rejected) {
			this.note(rejection.failure);
			this.reject('look', rejection);
		}
		return rest;
	}

	/** An input with the file that was uploaded for it in an earlier try, if there is one. */
	private withUpload(input: PreparedInput): PreparedInput {
		const { itemIndex, upload, document } = input;
		if (upload === undefined) return input;
		const id = this.journal.uploadOf(itemIndex, document);
		return id === undefined ? input : { ...input, file: { id } };
	}

	/** What is left of an input that is not valid: its place. */
	private invalidInput({ itemIndex, field }: InputPlace): JobInput {
		return {
			itemIndex,
			...(field === undefined ? {} : { field }),
			settings: this.settingsOfInvalid(itemIndex),
			document: undefined,
			file: undefined,
			upload: undefined,
			metadata: undefined,
			secrets: undefined,
			confidential: [],
		};
	}

	/** Only how its run is put out counts. */
	private settingsOfInvalid(itemIndex: number): BatchSettings {
		const some = this.inputs[0]?.settings;
		if (some !== undefined || this.journal.isEmpty) return some ?? NO_SETTINGS;
		try {
			const output = this.context.getNodeParameter('options.output', itemIndex, 'batch');
			return output === 'input' ? { ...NO_SETTINGS, output } : NO_SETTINGS;
		} catch {
			return NO_SETTINGS;
		}
	}

	private async process(inputs: JobInput[]): Promise<void> {
		const { settings } = inputs[0]!;
		const ready = await this.upload(settings, inputs);
		if (ready.length === 0) return;
		if (!this.isWanted(settings)) {
			append(this.notTried, ready);
			return;
		}
		const { accepted, rejected } = await this.submitter.submit(ready);
		this.take(accepted);
		for (const rejection of rejected) this.reject('submit', rejection);
	}

	/** Uploads what needs it. @returns the inputs whose documents Extend has or can fetch, in their order */
	private async upload(settings: BatchSettings, inputs: JobInput[]): Promise<ReadyInput[]> {
		if (inputs.every(isReady)) return inputs;
		const files = await Promise.all(
			inputs.map(async (input): Promise<RunFile | undefined> => {
				const { upload, itemIndex, document, file } = input;
				if (file !== undefined || upload === undefined || document === undefined) return file;
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
				this.journal.uploaded(itemIndex, document, sent.body.id);
				return { id: sent.body.id };
			}),
		);
		return inputs.flatMap((input, position) => {
			const file = files[position];
			return file === undefined ? [] : [{ ...input, file }];
		});
	}

	private isWanted(settings: SubmissionSettings): boolean {
		return !this.isStopped && !this.workflows.isMissing(settings);
	}

	/** Ends the job if no further call can succeed. */
	private note(failure: CallFailure): void {
		if (endsJob(failure)) this.isStopped = true;
	}

	private take(accepted: Array<AcceptedInputs<JobInput>>): void {
		append(this.accepted, accepted);
		for (const batch of accepted) this.jobs.submitted(batch);
	}

	private reject(step: JobRejection['step'], rejection: RejectedInputs<JobInput>): void {
		const { failure, inputs } = rejection;
		if (failure.kind === 'cancelled') {
			append(this.notTried, inputs);
			return;
		}
		this.rejected.push({ ...rejection, step });
		if (this.stopsAtFirst) this.isStopped = true;
	}

	/** Looks a last time for what is in doubt, and sorts what became of the inputs. */
	private async conclude(invalid: JobInput[]): Promise<JobResult> {
		const { inputs, accepted, rejected, notTried, submitter, journal } = this;
		if (this.client.signal?.aborted !== true) {
			await submitter.lookForTheRest(inputs);
		}
		const outcome = { inputs, accepted, rejected, notTried };
		const all = { ...outcome, invalid: { all: this.invalid, left: invalid } };
		const result = sortOutcome(all, submitter.claims, journal);
		const isDone = result.rejected.length === 0 && result.notTried.length === 0;
		if (isDone && result.handled.size === this.invalid.length) journal.close();
		const isNothingAccepted = result.accepted.length === 0 && journal.open.length === 0;
		if (isNothingAccepted) await this.jobs.nothingSubmitted();
		return result;
	}
}

const NO_SETTINGS: BatchSettings = {
	workflowId: '',
	version: '',
	batchSize: 1,
	output: 'batch',
	reference: true,
	onUnknownOutcome: 'fail',
	settleSeconds: 0,
	isolateBadInputs: false,
};
