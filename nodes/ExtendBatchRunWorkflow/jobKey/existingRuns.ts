import type { IExecuteFunctions } from 'n8n-workflow';

import { DocumentSequence, readSubmission } from './submissionIds';
import type { CountingRun, JobBatch } from './takeOver';

/** Statuses of runs that came to nothing, for good. */
const FAILED_STATUSES: ReadonlySet<string> = new Set(['FAILED', 'REJECTED', 'CANCELLED']);

/** A run that was read. */
export interface ReadRun {
	document: string;
	item: number | undefined;
	/** The binary field of its file, where its item has several. */
	field: string | undefined;
	fileId: string | undefined;
	hasFailed: boolean;
}

/** A batch of any job that Extend has. */
export interface ExistingBatch extends JobBatch {
	submission: string;
	/** The part of its request's id that names the job. */
	job: string;
	/** When its first run was created, by Extend's clock; ISO time. */
	createdAt: string;
	/** Whether this very execution has submitted it. */
	isOwn: boolean;
}

/** What is known of a batch of the workflow, whoever submitted it. */
interface Listed {
	createdAt: string;
	/** The runs that lists have shown; whether the last one showed it as failed. */
	runs: Map<string, boolean>;
}

/** Whether a run with this status came to nothing. */
export function hasFailed(status: string | null | undefined): boolean {
	return FAILED_STATUSES.has(status ?? '');
}

/** What was learned in an execution, by the node's context, which lasts as long as that. */
const memories = new WeakMap<object, Map<string, ExistingRuns>>();

/**
 * What an execution has learned about the runs of one workflow. It outlasts the tries of the node and the
 * turns of a loop, within one process; where it is gone, Extend is asked again.
 */
export class ExistingRuns {
	/** Batches of jobs. */
	private readonly batches = new Map<string, ExistingBatch>();

	/** Batches that are of no job. */
	private readonly others = new Set<string>();

	private readonly listed = new Map<string, Listed>();

	private readonly read = new Map<string, Map<string, ReadRun>>();

	/** Jobs of which nothing can turn up any more that another execution submitted before this one began. */
	readonly settled = new Set<string>();

	/** When the last complete look began, and how far back the looks went, by Extend's clock. */
	lookedAt = -Infinity;
	lookedBackTo = Infinity;

	static of(context: IExecuteFunctions, account: string, workflowId: string): ExistingRuns {
		const nodeContext = context.getContext('node');
		const ofExecution = memories.get(nodeContext) ?? new Map<string, ExistingRuns>();
		memories.set(nodeContext, ofExecution);
		const key = JSON.stringify([account, workflowId]);
		const existing = ofExecution.get(key) ?? new ExistingRuns();
		ofExecution.set(key, existing);
		return existing;
	}

	/** Notes a run that a list shows. */
	list(batchId: string, runId: string, createdAt: string, status: string): void {
		if (this.others.has(batchId)) return;
		const batch = this.listed.get(batchId) ?? { createdAt, runs: new Map<string, boolean>() };
		this.listed.set(batchId, batch);
		if (createdAt < batch.createdAt) batch.createdAt = createdAt;
		batch.runs.set(runId, hasFailed(status));
	}

	/** Batches of which it is not known whose they are, each with its runs. */
	get unknown(): Array<{ batchId: string; runIds: string[] }> {
		return [...this.listed]
			.filter(([batchId]) => !this.batches.has(batchId))
			.map(([batchId, { runs }]) => ({ batchId, runIds: [...runs.keys()] }));
	}

	/** Notes that a batch is of no job, or not there any more. */
	isOfNoJob(batchId: string): void {
		this.others.add(batchId);
		this.listed.delete(batchId);
	}

	/** Notes what the reference of one of its runs says of a batch. */
	identify(
		batchId: string,
		submission: string | undefined,
		size: number | undefined,
		document: string | undefined,
	): void {
		const parts = submission === undefined ? undefined : readSubmission(submission);
		if (parts === undefined || submission === undefined || size === undefined) {
			this.isOfNoJob(batchId);
			return;
		}
		this.batches.set(batchId, {
			batchId,
			submission,
			job: parts.job,
			documentsPart: parts.documents,
			size,
			document: document ?? '',
			documents: undefined,
			createdAt: this.listed.get(batchId)?.createdAt ?? '',
			isOwn: false,
		});
	}

	/** Notes a batch that this execution has submitted. */
	submitted(batchId: string, job: string, documents: readonly string[], createdAt: string): void {
		if (this.batches.has(batchId)) return;
		this.others.delete(batchId);
		this.batches.set(batchId, {
			batchId,
			submission: '',
			job,
			documentsPart: new DocumentSequence(documents).documentsPart(),
			size: documents.length,
			document: documents[0] ?? '',
			documents,
			createdAt,
			isOwn: true,
		});
	}

	/** The batches of a job. */
	ofJob(job: string): ExistingBatch[] {
		return [...this.batches.values()].filter((batch) => batch.job === job);
	}

	batch(batchId: string): ExistingBatch | undefined {
		return this.batches.get(batchId);
	}

	/** Runs of a batch that were listed but not read; all, or those that failed. */
	unread(batchId: string, which: 'all' | 'failed'): string[] {
		const read = this.read.get(batchId);
		return [...(this.listed.get(batchId)?.runs ?? [])]
			.filter(([id, isFailed]) => (which === 'all' || isFailed) && read?.has(id) !== true)
			.map(([id]) => id);
	}

	/** Whether every run of a batch was listed as failed. */
	isAllFailed({ batchId, size }: JobBatch): boolean {
		const runs = [...(this.listed.get(batchId)?.runs.values() ?? [])];
		return runs.length >= size && runs.every((isFailed) => isFailed);
	}

	/** Notes what a run says. */
	keep(batchId: string, runId: string, run: ReadRun): void {
		const runs = this.read.get(batchId) ?? new Map<string, ReadRun>();
		this.read.set(batchId, runs);
		runs.set(runId, run);
		this.listed.get(batchId)?.runs.set(runId, run.hasFailed);
	}

	/** The documents of the runs of a batch that were read and have failed. */
	failedIn(batchId: string): string[] {
		const runs = [...(this.read.get(batchId)?.values() ?? [])];
		return runs.filter((run) => run.hasFailed).map(({ document }) => document);
	}

	/**
	 * The runs of a batch that were read. Where they prove to be all of it, each has its position: a batch is
	 * sent in the order of its items, and the id of its request says whether it is this one.
	 * @param fields binary fields in the order in which the files of an item are sent now
	 */
	runsIn(
		{ batchId, size, documentsPart }: JobBatch,
		fields: readonly string[],
	): Array<CountingRun & { hasFailed: boolean }> {
		const read = [...(this.read.get(batchId)?.values() ?? [])];
		const isWhole = (runs: readonly ReadRun[]) =>
			runs.length === size &&
			new DocumentSequence(runs.map(({ document }) => document)).documentsPart() === documentsPart;
		const orders = [byItem(read, rankIn(fields)), byItem(read, byName)];
		const whole = orders.find(isWhole);
		return (whole ?? read).map(({ document, fileId, hasFailed: isFailed }, index) => ({
			document,
			position: whole === undefined ? undefined : index,
			...(fileId === undefined ? {} : { fileId }),
			hasFailed: isFailed,
		}));
	}
}

type FieldOrder = (one: string, other: string) => number;

/** As numbers count: `attachment_10` behind `attachment_9`. */
const byName: FieldOrder = new Intl.Collator('en', { numeric: true }).compare;

function rankIn(fields: readonly string[]): FieldOrder {
	const ranks = new Map(fields.map((field, rank) => [field, rank]));
	const rankOf = (field: string) => ranks.get(field) ?? fields.length;
	return (one, other) => rankOf(one) - rankOf(other) || byName(one, other);
}

function byItem(runs: readonly ReadRun[], order: FieldOrder): ReadRun[] {
	return [...runs].sort(
		(a, b) => (a.item ?? 0) - (b.item ?? 0) || order(a.field ?? '', b.field ?? ''),
	);
}
