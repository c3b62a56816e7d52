/** An Extend that has runs of jobs, without a network, and executions of n8n that take them over. */
import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { CallResult, ExtendClient } from '../../../nodes/extend/client/client';
import type { CallFailure } from '../../../nodes/extend/failures/failure';
import type { WorkflowRun, WorkflowRunSummary } from '../../../nodes/extend/api/types';
import { JobTakeOver } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/jobTakeOver';
import { SubmissionIds } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/submissionIds';
import { Journal } from '../../../nodes/submit/journal';
import type { Claimant, JobSettings } from '../../../nodes/submit/types';
import { SETTINGS } from '../batchRun/extendInMemory';

/** A run, with what a test may say about it; times in milliseconds since 1970. */
export interface Run {
	id: string;
	batchId: string | null;
	workflowId: string;
	status: string;
	createdAt: number;
	metadata: Record<string, unknown>;
	fileId?: string;
	/** When lists show it, and when it can be read. */
	listedFrom: number;
	readableFrom: number;
}

const MISSING: CallFailure = { kind: 'refused', status: 404, message: 'There is no such run.' };

/** Extend, for jobs. Its clock is n8n's. */
export class JobsInMemory {
	readonly runs: Run[] = [];

	/** The calls: `list`, `list <batch>` or the id of the run that was read. */
	readonly asked: string[] = [];

	/** How a call is to fail. */
	fail: (call: string) => CallFailure | undefined = () => undefined;

	private batches = 0;

	/** Takes a batch, whose runs have these references. @returns its id */
	accept(references: IDataObject[], more: Partial<Run> = {}): string {
		const batchId = `batch_${this.batches++}`;
		references.forEach((n8n, position) => {
			const now = Date.now();
			this.runs.push({
				id: `run_${batchId}_${position}`,
				batchId,
				workflowId: SETTINGS.workflowId,
				status: 'PROCESSED',
				createdAt: now,
				metadata: { n8n },
				listedFrom: now,
				readableFrom: now,
				...more,
			});
		});
		return batchId;
	}

	runsOf(batchId: string): Run[] {
		return this.runs.filter((run) => run.batchId === batchId);
	}

	private listed(isMeant: (run: Run) => boolean): WorkflowRunSummary[] {
		return this.runs
			.filter((run) => isMeant(run) && run.listedFrom <= Date.now())
			.map(({ id, batchId, status, createdAt }) => ({
				id,
				batchId,
				status,
				createdAt: new Date(createdAt).toISOString(),
			}));
	}

	private read(id: string): CallResult<WorkflowRun> {
		const run = this.runs.find((candidate) => candidate.id === id);
		if (run === undefined || run.readableFrom > Date.now()) return { ok: false, failure: MISSING };
		const { batchId, status, metadata, fileId } = run;
		const files = fileId === undefined ? [] : [{ id: fileId }];
		return { ok: true, body: { id, batchId, status, metadata, files } };
	}

	client(account: string, signal?: AbortSignal): ExtendClient {
		const answer = <T>(call: string, ok: () => CallResult<T>): CallResult<T> => {
			this.asked.push(call);
			const failure = this.fail(call);
			return failure === undefined ? ok() : { ok: false, failure };
		};
		const client: Pick<
			ExtendClient,
			'account' | 'attempt' | 'extendNow' | 'list' | 'scan' | 'signal'
		> = {
			account,
			signal,
			extendNow: () => Date.now(),
			scan: async <T>(_path: string, { workflowId }: IDataObject, visit: (entry: T) => boolean) =>
				answer('list', () => {
					const runs = this.listed((run) => run.workflowId === workflowId);
					runs.sort((a, b) => (a.createdAt! < b.createdAt! ? 1 : -1));
					runs.find((run) => visit(run as T));
					return { ok: true, body: undefined };
				}),
			list: async <T extends { id: string }>(_path: string, { batchId }: IDataObject) =>
				answer(`list ${batchId as string}`, () => {
					const runs = this.listed((run) => run.batchId === batchId);
					return { ok: true, body: runs as unknown as T[] };
				}),
			attempt: async <T>({ path }: { path: string }) => {
				const id = path.replace('/workflow_runs/', '');
				return answer(id, () => this.read(id) as CallResult<T>);
			},
		};
		return client as ExtendClient;
	}
}

/** What n8n remembers of a node beyond its executions. */
export class Remembered {
	readonly jobs = new Set<string>();

	/** Whether n8n can remember at all. */
	works = true;

	helpers() {
		return {
			checkProcessedAndRecord: async (jobs: string[]) => {
				if (!this.works) throw new Error('n8n cannot remember');
				const processed = jobs.filter((job) => this.jobs.has(job));
				for (const job of jobs) this.jobs.add(job);
				return { new: jobs.filter((job) => !processed.includes(job)), processed };
			},
			removeProcessed: async (jobs: string[]) => {
				if (!this.works) throw new Error('n8n cannot remember');
				for (const job of jobs) this.jobs.delete(job);
			},
		};
	}
}

export const JOB: JobSettings = { key: 'job-1', lookBackDays: 7, resubmitFailed: false };

/** Settings of inputs under a Job Key. */
export const inJob = (more: Partial<typeof SETTINGS & { job: JobSettings }> = {}) => ({
	...SETTINGS,
	batchSize: 3,
	output: 'batch',
	job: JOB,
	...more,
});

/** An input under a Job Key. */
export type JobInput = Claimant & {
	settings: ReturnType<typeof inJob>;
	file: { url: string } | { id: string } | undefined;
};

/** Inputs with these documents, which are their identities too. */
export function inputsOf(documents: readonly string[], settings = inJob()): JobInput[] {
	return documents.map((document, itemIndex) => ({
		itemIndex,
		settings,
		document,
		identity: document,
		file: { url: document },
	}));
}

/** One execution of the node, of which n8n remembers what it remembers. */
export class Execution {
	readonly ids = new SubmissionIds();

	readonly stop = new AbortController();

	private readonly nodeContext: IDataObject = {};

	constructor(
		readonly extend: JobsInMemory,
		private readonly remembered = new Remembered(),
		private readonly account = 'account',
	) {}

	private get context(): IExecuteFunctions {
		const context = {
			getContext: () => this.nodeContext,
			getWorkflowDataProxy: () => ({ $runIndex: 0 }),
			helpers: this.remembered.helpers(),
		};
		return context as unknown as IExecuteFunctions;
	}

	get journal(): Journal {
		return Journal.open(this.context, this.account);
	}

	/** What one try of the node begins with. */
	open(ids = this.ids): JobTakeOver {
		const client = this.extend.client(this.account, this.stop.signal);
		return new JobTakeOver(this.context, client, this.journal, ids);
	}

	/** Submits inputs as one batch. @returns its id, and that of the request */
	submit(inputs: JobInput[], more: Partial<Run> = {}): { batchId: string; submission: string } {
		const { workflowId, version, job } = inputs[0]!.settings;
		const documents = inputs.map(({ identity = '' }) => identity);
		const submission = this.ids.next({ key: job.key, workflowId, version }, documents);
		const references = inputs.map(({ itemIndex, identity }) => ({
			submission,
			item: itemIndex,
			of: inputs.length,
			document: identity,
		}));
		return { submission, batchId: this.extend.accept(references, { workflowId, ...more }) };
	}
}
