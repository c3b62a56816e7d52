import type { IExecuteFunctions } from 'n8n-workflow';

import type { ExtendClient } from '../../extend/client/client';
import { pause } from '../../extend/client/waiting';
import type { CallFailure } from '../../extend/failures/failure';
import { groupBySettings, planBatches } from '../../submit/batches';
import type { SizedInput } from '../../submit/batches';
import type { Journal, JournalEntry } from '../../submit/journal';
import type {
	AcceptedInputs,
	Claimant,
	JobSettings,
	RejectedInputs,
	SubmissionSettings,
} from '../../submit/types';
import { BegunJobs } from './begunJobs';
import { ExistingRuns } from './existingRuns';
import { JobLook } from './look';
import type { LookScope } from './look';
import { jobPart, readSubmission } from './submissionIds';
import type { SubmissionIds } from './submissionIds';
import { takeOver } from './takeOver';
import type { TakenOver } from './takeOver';

/** An input that may have a Job Key. */
type JobClaimant = Claimant &
	SizedInput & { settings: SubmissionSettings & { batchSize: number; output: string } };

/** What became of inputs; those in `rest` are not at Extend, as far as can be seen. */
interface Adopted<Input> {
	accepted: Array<AcceptedInputs<Input>>;
	rejected: Array<RejectedInputs<Input>>;
	rest: Input[];
}

/** Takes over what other executions of a job have submitted. */
export class JobTakeOver {
	private readonly begun: BegunJobs;

	/** Jobs that nobody had begun before this run of the node. */
	private readonly begunNow: string[] = [];

	constructor(
		private readonly context: IExecuteFunctions,
		private readonly client: ExtendClient,
		private readonly journal: Journal,
		private readonly ids: SubmissionIds,
	) {
		this.begun = new BegunJobs(context);
	}

	/**
	 * Looks for the inputs of jobs among the runs of their workflows. Inputs without a Job Key stay as they are,
	 * and without any, nothing is asked. What the journal knows is left to it.
	 */
	async takeOver<Input extends JobClaimant>(inputs: Input[]): Promise<Adopted<Input>> {
		const accountedFor = new Set(this.journal.entries.map(({ batchId }) => batchId));
		const result: Adopted<Input> = { accepted: [], rejected: [], rest: [] };
		const jobs = new Map<string, Input[]>();
		for (const input of inputs) {
			if (input.settings.job === undefined) continue;
			const job = partOf(input.settings, input.settings.job);
			const ofJob = jobs.get(job);
			if (ofJob === undefined) jobs.set(job, [input]);
			else ofJob.push(input);
		}
		const left = new Set(inputs);
		for (const [job, ofJob] of jobs) {
			const { accepted, rejected, rest } = await this.takeOverJob(job, ofJob, accountedFor);
			for (const batch of accepted) result.accepted.push(batch);
			for (const rejection of rejected) result.rejected.push(rejection);
			const free = new Set(rest);
			for (const input of ofJob) if (!free.has(input)) left.delete(input);
		}
		return { ...result, rest: [...left] };
	}

	/** Notes a batch that was submitted under a Job Key. */
	submitted({ batchId, submittedAt, size, inputs }: AcceptedInputs<JobClaimant>): void {
		const settings = inputs[0]?.settings;
		if (settings?.job === undefined || inputs.length !== size) return;
		const { account } = this.client;
		const existing = ExistingRuns.of(this.context, account, settings.workflowId);
		const documents = inputs.map(({ identity = '' }) => identity);
		existing.submitted(batchId, partOf(settings, settings.job), documents, submittedAt);
	}

	/** Says that nothing of the jobs was submitted, so that the next execution need not wait for it to turn up. */
	async nothingSubmitted(): Promise<void> {
		for (const job of this.begunNow) await this.begun.takeBack(job);
	}

	/**
	 * Notes that a job begins. What this execution has done in an earlier try, the journal knows.
	 * @returns whether another one has begun it, of which Extend may show nothing yet
	 */
	private async begin(job: string): Promise<boolean> {
		const isKnown = ({ submission }: JournalEntry) => readSubmission(submission)?.job === job;
		if (this.journal.entries.some(isKnown)) return false;
		const name = `${this.client.account} ${job}`;
		const isBegun = await this.begun.begin(name);
		if (!isBegun) this.begunNow.push(name);
		return isBegun;
	}

	private async takeOverJob<Input extends JobClaimant>(
		job: string,
		inputs: Input[],
		accountedFor: ReadonlySet<string | undefined>,
	): Promise<Adopted<Input>> {
		const { client, context } = this;
		const { workflowId } = inputs[0]!.settings;
		const existing = ExistingRuns.of(context, client.account, workflowId);
		const look = new JobLook(client, workflowId, existing);
		const scope = scopeOf(inputs);
		const fields = [...new Set(inputs.flatMap(({ field }) => field ?? []))];
		const asWanted = inputs.map((input) => ({ ...input, identity: input.identity ?? '', input }));
		const compare = async () => {
			const batches = existing.ofJob(job).filter(({ batchId }) => !accountedFor.has(batchId));
			for (const { batchId, submission } of batches) {
				this.ids.reserve(submission);
				// A request whose outcome the journal does not know was carried out.
				const open = this.journal.open.find((entry) => entry.submission === submission);
				if (open !== undefined) this.journal.accepted(open, batchId);
			}
			const isOfOthers = batches.some(({ isOwn }) => !isOwn);
			const { taken, rest, failure } = await takeOver(
				asWanted,
				batches,
				{ plan: planBatches, sequences: groupBySettings },
				look.reader(scope.needsStatuses, fields),
			);
			const accepted = taken.flatMap((part) => batchesOf(part, existing));
			return { accepted, isOfOthers, failure, rest: rest.map(({ input }) => input) };
		};
		const failed = (failure: CallFailure): Adopted<Input> => ({
			accepted: [],
			rejected: [{ inputs, failure }],
			rest: [],
		});

		let failure = await look.look(scope);
		if (failure !== undefined) return failed(failure);
		let found = await compare();
		if (found.failure === undefined && found.rest.length === 0) return { ...found, rejected: [] };
		// In each turn and try: what was begun and came to nothing was taken back.
		const isBegun = found.failure === undefined && (await this.begin(job));
		const isUnderWay =
			found.failure === undefined && !existing.settled.has(job) && (found.isOfOthers || isBegun);
		if (isUnderWay) {
			// What was under way when another execution ended may turn up late.
			if (!(await pause(scope.settleMs, client.signal))) return failed(STOPPED);
			failure = await look.look(scope);
			if (failure !== undefined) return failed(failure);
			found = await compare();
		}
		const { accepted, rest } = found;
		if (found.failure !== undefined) {
			return { accepted, rejected: [{ inputs: rest, failure: found.failure }], rest: [] };
		}
		existing.settled.add(job);
		return { accepted, rejected: [], rest };
	}
}

const STOPPED: CallFailure = { kind: 'cancelled', message: '' };

function partOf({ workflowId, version }: SubmissionSettings, { key }: JobSettings): string {
	return jobPart({ key, workflowId, version });
}

function scopeOf(inputs: readonly JobClaimant[]): LookScope {
	let lookBackDays = 0;
	let settleMs = 0;
	let needsStatuses = false;
	for (const { settings } of inputs) {
		lookBackDays = Math.max(lookBackDays, settings.job?.lookBackDays ?? 0);
		settleMs = Math.max(settleMs, settings.settleSeconds * 1000);
		needsStatuses ||= settings.job?.resubmitFailed === true;
	}
	return { lookBackDays, settleMs, needsStatuses };
}

/** A batch as the output has it; in two parts where its inputs are to be put out in two ways. */
function batchesOf<Input extends JobClaimant>(
	{ batchId, inputs, runs }: TakenOver<{ identity: string; input: Input }>,
	existing: ExistingRuns,
): Array<AcceptedInputs<Input>> {
	const batch = existing.batch(batchId);
	const parts = new Map<string, AcceptedInputs<Input>>();
	inputs.forEach(({ input }, index) => {
		const { workflowId, version, output } = input.settings;
		const part = parts.get(output) ?? {
			batchId,
			workflowId,
			version,
			submittedAt: batch?.createdAt ?? '',
			size: batch?.size ?? inputs.length,
			inputs: [],
			positions: [],
			alreadySubmitted: true,
		};
		parts.set(output, part);
		const fileId = runs[index]?.fileId;
		const isUpload = input.file === undefined && fileId !== undefined;
		part.inputs.push(isUpload ? { ...input, file: { id: fileId } } : input);
		part.positions.push(runs[index]?.position);
	});
	return [...parts.values()];
}
