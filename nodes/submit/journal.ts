import { hash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { Claimant } from './types';

/**
 * What the node keeps of a request for a batch or a single run from the moment before its bytes leave. Plain JSON: n8n stores
 * it with the execution.
 */
export interface JournalEntry {
	/** The id of the request, which the reference of its runs carries too. */
	submission: string;
	/** n8n's index of the node run that sent it. */
	runIndex: number;
	/** Which Extend account it went to; see `ExtendClient.account`. */
	account: string;
	/** The workflow, or the processor of a run that goes through none. */
	workflowId: string;
	version: string;
	/** Index of the input item at each position of the batch. */
	items: number[];
	/** The binary field at each position, where items may have several; empty where not. */
	fields?: string[];
	/** What the document at each position was: `documentId`s, one after the other. */
	documents: string;
	/** Under a Job Key, what identified each of them in its job, in the same form. */
	identities?: string;
	/** When it was sent, in milliseconds of n8n's clock. */
	sentAt: number;
	/** The same by Extend's clock, if that was known. */
	sentAtByExtend?: number;
	/** Whether its runs carry the reference, without which nothing can be found. */
	hasReference: boolean;
	/** Extend's id of the batch, or of the single run, once it is known that the request was carried out. */
	batchId?: string;
}

interface JournalState {
	entries: JournalEntry[];
	/** Extend's ids of uploaded files, by what was uploaded for which item. */
	uploads: Record<string, string>;
	/** The run of the node to which the uploads and the accepted batches belong. */
	runIndex: number;
}

const CONTEXT_KEY = 'extendJournal';

/** Requests of earlier runs of the node of which it is still not known what became. */
const MOST_OPEN_ENTRIES_OF_OTHER_RUNS = 100;

const DOCUMENT_ID_LENGTH = 12;

/** A short digest of a document, to tell whether an item still has the document that was sent for it. */
export function documentId(document: string): string {
	return hash('sha256', document, 'base64').slice(0, DOCUMENT_ID_LENGTH);
}

/** The documents of a request, as the journal keeps them. */
export function documentsOf(
	inputs: readonly Claimant[],
): Pick<JournalEntry, 'documents' | 'identities'> {
	const documents = inputs.map(({ document = '' }) => documentId(document)).join('');
	const identities = inputs.map((input) => identityId(input) ?? '');
	return identities.includes('') ? { documents } : { documents, identities: identities.join('') };
}

/**
 * Adds to a request what the journal keeps of its documents. They are digested when somebody asks for them, as
 * n8n does when it stores them: as long as all goes well, nobody does.
 */
export function withDocuments<Request extends object>(
	request: Request,
	inputs: readonly Claimant[],
): Request & Pick<JournalEntry, 'documents' | 'identities'> {
	let known: ReturnType<typeof documentsOf> | undefined;
	const read = (what: 'documents' | 'identities') => ({
		enumerable: true,
		get: () => (known ??= documentsOf(inputs))[what],
	});
	return Object.defineProperties(request as Request & ReturnType<typeof documentsOf>, {
		documents: read('documents'),
		identities: read('identities'),
	});
}

/** A short digest of what identifies a document under a Job Key; `undefined` without one. */
function identityId({ settings: { job }, identity }: Claimant): string | undefined {
	if (job === undefined || identity === undefined) return undefined;
	return documentId(JSON.stringify([job.key, identity]));
}

/** What the document of an input may be known by: itself, or its identity in the job it belongs to. */
export function namesOf(input: Claimant): string[] {
	const { document } = input;
	if (document === undefined) return [];
	return [documentId(document), identityId(input) ?? []].flat();
}

/** What the document at a position of a batch was known by. */
export function namesAt({ documents, identities }: JournalEntry, position: number): string[] {
	const [start, end] = [position, position + 1].map((place) => place * DOCUMENT_ID_LENGTH);
	return [documents, identities ?? []].flat().map((ids) => ids.slice(start, end));
}

/** The binary field of the document at a position of a batch, where its item may have several. */
export function fieldAt({ fields }: JournalEntry, position: number): string | undefined {
	return fields?.[position] || undefined;
}

/**
 * What this node has sent. n8n's Retry On Fail, and the Retry of a failed execution, run the whole node
 * again with all items; the journal lies in the node context, which survives both.
 *
 * It is kept until every item has left the node well. Accepted batches count in their own run of the
 * node only, because another one may be the next turn of a loop. A request of unknown outcome counts in
 * every run: an agent's tool has a new run index for each try.
 */
export class Journal {
	private constructor(
		private readonly state: JournalState,
		private readonly runIndex: number,
		private readonly account: string,
	) {}

	/** @param account which Extend account is used now; entries of others are left alone */
	static open(context: IExecuteFunctions, account: string): Journal {
		const nodeContext = context.getContext('node');
		const runIndex = context.getWorkflowDataProxy(0).$runIndex as number;
		const state = (nodeContext[CONTEXT_KEY] ??= {
			entries: [],
			uploads: {},
			runIndex,
		}) as JournalState;
		if (state.runIndex !== runIndex) {
			const open = state.entries.filter(({ batchId }) => batchId === undefined);
			state.entries = open.slice(-MOST_OPEN_ENTRIES_OF_OTHER_RUNS);
			state.uploads = {};
			state.runIndex = runIndex;
		}
		return new Journal(state, runIndex, account);
	}

	/** Whether nothing is known of earlier tries. */
	get isEmpty(): boolean {
		return this.state.entries.length === 0;
	}

	/**
	 * What this run of the node sent with other credentials: perhaps to another account, perhaps to the same
	 * one with a token that was replaced since.
	 */
	get ofOtherCredentials(): JournalEntry[] {
		return this.state.entries.filter(
			(entry) => entry.account !== this.account && this.isOfThisRun(entry),
		);
	}

	/** Notes that an entry of other credentials belongs to the account in use. */
	isOurs(entry: JournalEntry): void {
		entry.account = this.account;
	}

	/** Everything that is noted, whichever account it went to. */
	get all(): readonly JournalEntry[] {
		return this.state.entries;
	}

	/** Everything that was sent to the account in use and may have been carried out, oldest first. */
	get entries(): JournalEntry[] {
		return this.state.entries.filter(({ account }) => account === this.account);
	}

	/** Requests of unknown outcome. */
	get open(): JournalEntry[] {
		return this.entries.filter(({ batchId }) => batchId === undefined);
	}

	/** Whether an entry is of this run of the node, so that its item indexes are those of the input. */
	isOfThisRun({ runIndex }: JournalEntry): boolean {
		return runIndex === this.runIndex;
	}

	/**
	 * Notes, before the bytes leave, that a request may be carried out from here on.
	 * @param request becomes the entry itself
	 */
	sending(request: Omit<JournalEntry, 'runIndex' | 'account' | 'batchId'>): JournalEntry {
		const { runIndex, account } = this;
		// The same object: to copy it would be to ask for its documents.
		const entry = Object.assign(request, { runIndex, account });
		this.state.entries.push(entry);
		return entry;
	}

	/** Notes that a request was carried out. */
	accepted(entry: JournalEntry, batchId: string): void {
		entry.batchId = batchId;
	}

	/** Notes that a request was certainly not carried out, or came to nothing. */
	notCarriedOut(entry: JournalEntry): void {
		this.state.entries = this.state.entries.filter((candidate) => candidate !== entry);
	}

	/** Extend's id of the file that was uploaded for an item, if it was this very document. */
	uploadOf(itemIndex: number, document: string): string | undefined {
		return this.state.uploads[this.uploadKey(itemIndex, document)];
	}

	/** Notes that an item's document was uploaded. */
	uploaded(itemIndex: number, document: string, fileId: string): void {
		this.state.uploads[this.uploadKey(itemIndex, document)] = fileId;
	}

	/** Forgets this run of the node: every item has left it well, so n8n will not try it again. */
	close(): void {
		this.state.entries = this.state.entries.filter(
			({ runIndex, batchId }) => runIndex !== this.runIndex && batchId === undefined,
		);
		this.state.uploads = {};
	}

	private uploadKey(itemIndex: number, document: string): string {
		return `${itemIndex} ${documentId(`${this.account} ${document}`)}`;
	}
}
