import { createHash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

/** A batch that Extend has accepted. */
export interface RememberedBatch {
	batchId: string;
	/** ISO time. */
	submittedAt: string;
	/** Indexes of its input items, in the order of the batch. */
	items: number[];
	documents: string;
}

/** A submission that was sent and whose outcome is not known yet. */
export interface RememberedSubmission {
	submission: string;
	workflowId: string;
	attemptedAt: number;
	items: number[];
	documents: string;
}

interface RememberedRun {
	runIndex: number;
	/** Hash of the node's parameters as they are written, with expressions not evaluated. */
	parameters: string;
	accepted: RememberedBatch[];
	pending: RememberedSubmission[];
	/** Extend's ids of uploaded files by item index, each with the file that it was. */
	uploads: Record<number, { fileId: string; document: string }>;
}

const CONTEXT_KEY = 'extendSubmissions';

function hash(text: string): string {
	return createHash('sha256').update(text).digest('base64url');
}

/**
 * What this node has already done in this node run. n8n's Retry On Fail, and the Retry of a failed
 * execution, run the whole node again with all items; this memory lies in the node context, which
 * survives both, so that a retry sends only what is missing.
 *
 * Something remembered counts if the node's parameters are unchanged, or else if its documents are the
 * same: an expression such as `$now` in the metadata must not make an accepted batch look like a new one,
 * and a corrected document must not look like one that was accepted. Loop iterations are other runs.
 */
export class SubmissionMemory {
	private constructor(
		private readonly run: RememberedRun,
		private readonly documentOf: (itemIndex: number) => string | undefined,
	) {}

	/** @param documentOf tells an item's document, as text; `undefined` if the item is not valid */
	static open(
		context: IExecuteFunctions,
		documentOf: (itemIndex: number) => string | undefined,
	): SubmissionMemory {
		const nodeContext = context.getContext('node');
		const runIndex = context.getWorkflowDataProxy(0).$runIndex as number;
		const parameters = hash(JSON.stringify(context.getNode().parameters));
		const before = nodeContext[CONTEXT_KEY] as RememberedRun | undefined;
		const run: RememberedRun = { runIndex, parameters, accepted: [], pending: [], uploads: {} };
		nodeContext[CONTEXT_KEY] = run;
		const memory = new SubmissionMemory(run, documentOf);
		if (before !== undefined && before.runIndex === runIndex) {
			const isSame = ({ items, documents }: { items: number[]; documents: string }) =>
				before.parameters === parameters || memory.documentsOf(items) === documents;
			run.accepted = before.accepted.filter(isSame);
			run.pending = before.pending.filter(isSame);
			run.uploads = before.uploads;
		}
		return memory;
	}

	get accepted(): readonly RememberedBatch[] {
		return this.run.accepted;
	}

	get pending(): readonly RememberedSubmission[] {
		return this.run.pending;
	}

	/** Extend's id of an item's file, if it was uploaded before. */
	uploadOf(itemIndex: number, document: string): string | undefined {
		const upload = this.run.uploads[itemIndex];
		return upload?.document === hash(document) ? upload.fileId : undefined;
	}

	/** Notes that an item's file was uploaded. */
	uploaded(itemIndex: number, document: string, fileId: string): void {
		this.run.uploads[itemIndex] = { fileId, document: hash(document) };
	}

	/** Notes, before the bytes leave, that a submission may have been carried out from here on. */
	sending(submission: string, workflowId: string, items: number[]): void {
		if (this.run.pending.some((entry) => entry.submission === submission)) return;
		const documents = this.documentsOf(items);
		this.run.pending.push({ submission, workflowId, attemptedAt: Date.now(), items, documents });
	}

	/** Notes that a submission was accepted. */
	acceptedAs(submission: string, batch: Omit<RememberedBatch, 'documents'>): void {
		const pending = this.run.pending.find((entry) => entry.submission === submission);
		this.settled(submission);
		const documents = pending?.documents ?? this.documentsOf(batch.items);
		this.run.accepted.push({ ...batch, documents });
	}

	/** Notes that a submission was certainly not carried out. */
	settled(submission: string): void {
		this.run.pending = this.run.pending.filter((entry) => entry.submission !== submission);
	}

	/** Forgets everything: every item has left the node well, so nothing will be tried again. */
	forget(): void {
		this.run.accepted = [];
		this.run.pending = [];
		this.run.uploads = {};
	}

	private documentsOf(items: number[]): string {
		return hash(JSON.stringify(items.map((item) => this.documentOf(item) ?? null)));
	}
}
