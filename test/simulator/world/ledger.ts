import type { JsonObject } from '../http/json';
import type { RateCategory } from './settings';

/** One call of the API, in order of arrival. */
export interface LedgerRequest {
	/** Milliseconds since 1970. */
	at: number;
	method: string;
	/** Path with its query. */
	path: string;
	category: RateCategory;
	/** HTTP status of the answer; 0 while there is none, or when it never came. */
	status: number;
	/** Milliseconds until the answer was sent or the connection ended; null while under way. */
	durationMs: number | null;
	/** Kinds of the faults that struck the call, joined by `+`. */
	fault?: string;
	requestId: string;
}

/** One accepted batch. */
export interface LedgerBatch {
	batchId: string;
	workflowId: string;
	/** The version the runs use, after resolving an omitted one. */
	version: string;
	priority: number;
	/** In input order. */
	runIds: string[];
	/** Milliseconds since 1970. */
	acceptedAt: number;
}

/** One run that exists, however it came to be. */
export interface LedgerRun {
	id: string;
	/** null for runs created one by one. */
	batchId: string | null;
	/** Position among the inputs of its batch, from 0. */
	position: number;
	/** Of a run of a single document the id of its processor; empty for parse runs. */
	workflowId: string;
	/** The URL, file id or text it was given; those of a package are joined by a space. */
	document: string;
	fileName: string;
	metadata: JsonObject;
	/** 1 to 100; Extend's own where none was given. */
	priority: number;
	/** Names of its secrets; the values are in `Simulator.vault`. */
	secretNames: string[];
	hasPassword: boolean;
}

/** One upload, of which only the measurements are kept. */
export interface LedgerUpload {
	id: string;
	name: string;
	/** Bytes. */
	size: number;
	/** Lower-case hex. */
	sha256: string;
	hasPassword: boolean;
	convertToPdf: boolean;
}

/** One attempt to deliver a webhook event. */
export interface DeliveryAttempt {
	/** Milliseconds since 1970. */
	at: number;
	/** HTTP status of the receiver; 0 when it did not answer. */
	status: number;
	durationMs: number;
	error?: string;
}

/** One webhook event on its way to one endpoint. */
export interface LedgerDelivery {
	eventId: string;
	eventType: string;
	endpointId: string;
	url: string;
	/** Id of the run, step run, workflow … that the event is about. */
	subjectId: string;
	/** `dropped`: the endpoint was disabled or deleted before it could be delivered. */
	outcome: 'pending' | 'delivered' | 'failed' | 'dropped';
	/** Whether the payload was replaced by a signed link. */
	asUrl: boolean;
	attempts: DeliveryAttempt[];
}

/** How the runs compare with the documents that were meant to be run once each. */
export interface Account {
	/** Documents expected, repetitions included. */
	documents: number;
	batches: number;
	runs: number;
	/** Documents with more runs than expected, once per surplus run. */
	doubled: string[];
	/** Documents with fewer runs than expected, once per missing run. */
	lost: string[];
	/** Documents of runs that nobody asked for. */
	unexpected: string[];
}

/** Calls counted by category, then by status (`0`: no answer). */
export type RequestCounts = Record<RateCategory, Record<string, number>>;

/** What really happened, as opposed to what a client was told. */
export class Ledger {
	readonly requests: LedgerRequest[] = [];
	readonly batches: LedgerBatch[] = [];
	readonly runs: LedgerRun[] = [];
	readonly uploads: LedgerUpload[] = [];
	readonly deliveries: LedgerDelivery[] = [];
	/** Names given to runs, by the id of the run; no answer shows them. */
	readonly names = new Map<string, string>();

	/** Calls by category and status. */
	counts(): RequestCounts {
		const counts: RequestCounts = { GET: {}, WRITE: {}, RUN: {} };
		for (const { category, status } of this.requests) {
			const ofCategory = counts[category];
			ofCategory[status] = (ofCategory[status] ?? 0) + 1;
		}
		return counts;
	}

	/**
	 * Compares the runs with the documents that should each have exactly one run. A document is named
	 * by its URL, file id or text; a run over an uploaded file also answers to the file's name. A
	 * document listed twice should have two runs.
	 */
	account(expectedDocuments: readonly string[]): Account {
		const balance = new Map<string, number>();
		for (const document of expectedDocuments) {
			balance.set(document, (balance.get(document) ?? 0) - 1);
		}
		const unexpected: string[] = [];
		for (const { document, fileName } of this.runs) {
			const name = balance.has(document) ? document : fileName;
			const surplus = balance.get(name);
			if (surplus === undefined) unexpected.push(document);
			else balance.set(name, surplus + 1);
		}
		const doubled: string[] = [];
		const lost: string[] = [];
		for (const [document, surplus] of balance) {
			for (let count = surplus; count > 0; count--) doubled.push(document);
			for (let count = surplus; count < 0; count++) lost.push(document);
		}
		return {
			documents: expectedDocuments.length,
			batches: this.batches.length,
			runs: this.runs.length,
			doubled,
			lost,
			unexpected,
		};
	}

	/** Forgets everything. */
	clear(): void {
		for (const list of [this.requests, this.batches, this.runs, this.uploads, this.deliveries]) {
			list.length = 0;
		}
		this.names.clear();
	}
}
