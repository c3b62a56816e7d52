import type { IExecuteFunctions } from 'n8n-workflow';

import type { ExtendClient } from '../extend/client';
import { UNREADABLE_FILE, isTooLarge } from '../extend/failure';
import type { CallFailure } from '../extend/failure';
import { uploadFile } from '../extend/files';
import { ENDING_STATUSES } from '../extend/runs';
import type { RunFile } from '../extend/types';
import { originOf } from './inputs';
import type { BatchSettings, PreparedInput } from './inputs';
import { planBatches } from './submit/batches';
import type { SpareBatch } from './submit/claims';
import { Journal } from './submit/journal';
import type { JournalEntry } from './submit/journal';
import { BatchSubmitter } from './submit/submission';
import type {
	AcceptedInputs,
	Claimant,
	RejectedInputs,
	SubmissionSettings,
} from './submit/submission';
import { WorkflowCheck } from './submit/workflowCheck';

/** An input item of the job. Of one that is not valid any more, only what was sent for it counts. */
export type JobInput = Omit<PreparedInput, 'document'> & Pick<Claimant, 'document'>;

/** An input whose document Extend can read. */
type ReadyInput = JobInput & { file: RunFile };

/** Inputs that did not become runs, with what was being done when that was decided. */
export interface JobRejection extends RejectedInputs<JobInput> {
	step: 'upload' | 'submit';
	/** Requests for these inputs whose outcome is not known; then it is not known whether they became runs. */
	inDoubt: JournalEntry[];
}

/** What became of all inputs: each is in exactly one batch or rejection, or was not tried. */
export interface JobResult {
	/** One for each batch, in the order of the planned batches. */
	accepted: Array<AcceptedInputs<JobInput>>;
	rejected: JobRejection[];
	/** Inputs that were not submitted because the job had to stop before. */
	notTried: JobInput[];
	/** Items that became runs in an earlier try, although they are not valid any more. */
	handled: Set<number>;
	/** Items that are not valid, but may have been submitted in an earlier try. */
	invalidInDoubt: Map<number, JournalEntry[]>;
	/** Accepted batches with runs that are not in the output. */
	spare: SpareBatch[];
	/** Requests of unknown outcome whose inputs were all accepted with another one. */
	superseded: JournalEntry[];
}

/** Batches that are prepared and submitted side by side. How many calls are under way is up to the client. */
const BATCHES_AT_ONCE = 8;

/** Uploads and submits the inputs of one node run. */
export class BatchJob {
	private readonly journal: Journal;

	private readonly submitter: BatchSubmitter;

	private readonly workflows: WorkflowCheck;

	private readonly accepted: Array<AcceptedInputs<JobInput>> = [];

	private rejected: Array<Omit<JobRejection, 'inDoubt'>> = [];

	private notTried: JobInput[] = [];

	private isStopped = false;

	/**
	 * @param invalid indexes of the items that cannot be submitted as they are
	 * @param stopsAtFirst whether the first input that fails ends the job, as with "On Error: Stop"
	 */
	constructor(
		private readonly context: IExecuteFunctions,
		private readonly client: ExtendClient,
		private readonly inputs: PreparedInput[],
		private readonly invalid: number[],
		private readonly stopsAtFirst: boolean,
	) {
		this.journal = Journal.open(context, client.account);
		this.workflows = new WorkflowCheck(client);
		this.submitter = new BatchSubmitter(
			client,
			this.journal,
			originOf(context),
			this.workflows,
			(settings) => ({
				isWanted: () => this.isWanted(settings),
				onFailure: (failure) => {
					this.note(failure);
				},
			}),
		);
		for (const { confidential } of inputs) {
			for (const secret of confidential) client.keepSecret(secret);
		}
	}

	/** Does the job; it never throws for a call that fails. */
	async run(): Promise<JobResult> {
		const missing = await this.recall();
		// With "On Error: Stop", nothing more is sent as long as an item is not valid.
		if (this.stopsAtFirst && missing.invalid.length > 0) this.isStopped = true;
		const batches = planBatches<BatchSettings, JobInput>(missing.inputs);
		let next = 0;
		const worker = async () => {
			for (let batch = batches[next++]; batch !== undefined; batch = batches[next++]) {
				await this.process(batch);
			}
		};
		await Promise.all(Array.from({ length: BATCHES_AT_ONCE }, worker));
		return await this.conclude(missing.invalid);
	}

	/** Takes over what earlier tries of this node run did. @returns what is still to do */
	private async recall(): Promise<{ inputs: JobInput[]; invalid: JobInput[] }> {
		const inputs: JobInput[] = this.inputs.map((input) => this.withUpload(input));
		const invalid = this.invalid.map((itemIndex) => this.invalidInput(itemIndex));
		if (this.journal.isEmpty) return { inputs, invalid };
		const { accepted, rejected, rest } = await this.submitter.recall([...inputs, ...invalid]);
		this.take(accepted);
		for (const rejection of rejected) this.reject('submit', rejection);
		return {
			inputs: rest.filter(({ document }) => document !== undefined),
			invalid: rest.filter(({ document }) => document === undefined),
		};
	}

	/** An input with the file that was uploaded for it in an earlier try, if there is one. */
	private withUpload(input: PreparedInput): PreparedInput {
		if (input.upload === undefined) return input;
		const id = this.journal.uploadOf(input.itemIndex, input.document);
		return id === undefined ? input : { ...input, file: { id } };
	}

	/** What is left of an item that is not valid: its place. */
	private invalidInput(itemIndex: number): JobInput {
		return {
			itemIndex,
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
		const files = await Promise.all(
			inputs.map(async (input): Promise<RunFile | undefined> => {
				const { upload, itemIndex, document = '', file } = input;
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
		const { kind, status, code, retryable } = failure;
		const isLocal = code === UNREADABLE_FILE || isTooLarge(failure);
		if (kind === 'interrupted') this.isStopped = true;
		if (kind === 'notSent' && retryable === false && !isLocal) this.isStopped = true;
		if (kind === 'refused' && ENDING_STATUSES.has(status ?? 0)) this.isStopped = true;
	}

	private take(accepted: Array<AcceptedInputs<JobInput>>): void {
		for (const batch of accepted) this.accepted.push(batch);
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
		const { claims } = this.submitter;
		if (this.client.signal?.aborted !== true)
			await this.submitter.lookForTheRest(this.inputs.map(({ settings }) => settings));
		const claim = (inputs: JobInput[]): JobInput[] => {
			const { accepted, rest } = claims.claim(inputs);
			this.take(accepted);
			return rest;
		};
		const rejected = this.rejected.flatMap((rejection) =>
			byDoubt(claim(rejection.inputs), (input) => claims.inDoubt(input)).map(
				({ inputs, inDoubt }): JobRejection => ({ ...rejection, inputs, inDoubt }),
			),
		);
		const notTried: JobInput[] = [];
		for (const group of byDoubt(claim(this.notTried), (input) => claims.inDoubt(input))) {
			if (group.inDoubt.length === 0) append(notTried, group.inputs);
			else rejected.push({ ...group, step: 'submit', failure: { kind: 'unknown', message: '' } });
		}
		const invalidInDoubt = new Map<number, JournalEntry[]>();
		const leftInvalid = claim(invalid);
		for (const input of leftInvalid) {
			const inDoubt = claims.inDoubt(input);
			if (inDoubt.length > 0) invalidInDoubt.set(input.itemIndex, inDoubt);
		}
		const told = new Set([
			...rejected.flatMap(({ inDoubt }) => inDoubt),
			...[...invalidInDoubt.values()].flat(),
		]);
		const left = new Set(leftInvalid.map(({ itemIndex }) => itemIndex));
		const result: JobResult = {
			handled: new Set(this.invalid.filter((itemIndex) => !left.has(itemIndex))),
			accepted: this.inOrder(oneForEachBatch(this.accepted)),
			rejected: rejected.sort((a, b) => firstItem(a) - firstItem(b)),
			notTried: notTried.sort((a, b) => a.itemIndex - b.itemIndex),
			invalidInDoubt,
			spare: claims.spare(),
			superseded: this.journal.open.filter(
				(entry) => this.journal.isOfThisRun(entry) && !told.has(entry),
			),
		};
		const accepted = result.accepted.reduce((sum, { inputs }) => sum + inputs.length, 0);
		if (accepted === this.inputs.length + this.invalid.length) this.journal.close();
		return result;
	}

	/** Batches in the order of their groups and first items. */
	private inOrder(batches: Array<AcceptedInputs<JobInput>>): Array<AcceptedInputs<JobInput>> {
		const groups = new Map<BatchSettings, number>();
		for (const { settings } of this.inputs) {
			if (!groups.has(settings)) groups.set(settings, groups.size);
		}
		const groupOf = ({ inputs }: AcceptedInputs<JobInput>) => groups.get(inputs[0]!.settings) ?? 0;
		return batches.sort((a, b) => groupOf(a) - groupOf(b) || firstItem(a) - firstItem(b));
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

function firstItem({ inputs }: { inputs: JobInput[] }): number {
	return inputs[0]?.itemIndex ?? 0;
}

/** Not `push(...entries)`: the stack does not hold as many arguments as there may be inputs. */
function append<T>(target: T[], entries: readonly T[]): void {
	for (const entry of entries) target.push(entry);
}

/** Puts inputs together that are in doubt because of the same requests. */
function byDoubt(
	inputs: JobInput[],
	inDoubt: (input: JobInput) => JournalEntry[],
): Array<{ inputs: JobInput[]; inDoubt: JournalEntry[] }> {
	const groups = new Map<string, { inputs: JobInput[]; inDoubt: JournalEntry[] }>();
	for (const input of inputs) {
		const entries = inDoubt(input);
		const key = entries.map(({ submission }) => submission).join(' ');
		const group = groups.get(key) ?? { inputs: [], inDoubt: entries };
		groups.set(key, group);
		group.inputs.push(input);
	}
	return [...groups.values()];
}

/** Puts the inputs of a batch together that were found at different moments. */
function oneForEachBatch(parts: Array<AcceptedInputs<JobInput>>): Array<AcceptedInputs<JobInput>> {
	const batches = new Map<string, AcceptedInputs<JobInput>>();
	for (const part of parts) {
		const batch = batches.get(part.batchId);
		if (batch === undefined) batches.set(part.batchId, part);
		else {
			const places = [batch, part].flatMap(({ inputs, positions }) =>
				inputs.map((input, index) => ({ input, position: positions[index]! })),
			);
			places.sort((a, b) => a.position - b.position);
			batches.set(part.batchId, {
				...batch,
				inputs: places.map(({ input }) => input),
				positions: places.map(({ position }) => position),
			});
		}
	}
	return [...batches.values()];
}
