import { hash } from 'crypto';

/**
 * Under a Job Key the id of a request is made from what it holds, so that another execution knows it again:
 * `<job>-<documents>-<number>`. The number tells equal requests apart.
 */

/** A job: what one key stands for. */
export interface Job {
	key: string;
	workflowId: string;
	/** As chosen; empty: the newest deployed version. */
	version: string;
}

/** Hex digits of the part that names the job, and of the one that names its documents. */
const JOB_LENGTH = 16;
const DOCUMENTS_LENGTH = 24;

/** Characters for one document in what the hash of a batch is made of. */
const DOCUMENT_LENGTH = 16;

const DERIVED = new RegExp(`^([0-9a-f]{${JOB_LENGTH}})-([0-9a-f]{${DOCUMENTS_LENGTH}})-[0-9]+$`);

/** The part of an id that all requests of a job share. */
export function jobPart({ key, workflowId, version }: Job): string {
	const text = JSON.stringify([key, workflowId, version]);
	return hash('sha256', text, 'hex').slice(0, JOB_LENGTH);
}

/** The documents of a batch in order, in a form of which parts can be cut out without hashing all anew. */
export class DocumentSequence {
	private readonly digests: string;

	/** Where each document stands. */
	private readonly places = new Map<string, number[]>();

	/** @param documents identities */
	constructor(readonly documents: readonly string[]) {
		this.digests = documents
			.map((document) => hash('sha256', document, 'base64').slice(0, DOCUMENT_LENGTH))
			.join('');
		documents.forEach((document, index) => {
			const places = this.places.get(document);
			if (places === undefined) this.places.set(document, [index]);
			else places.push(index);
		});
	}

	/** The indexes at which a document stands. */
	placesOf(document: string): readonly number[] {
		return this.places.get(document) ?? [];
	}

	/** The part of a request's id that names its documents, if it held `size` of these from `start` on. */
	documentsPart(start = 0, size = this.documents.length): string {
		const from = start * DOCUMENT_LENGTH;
		const digests = this.digests.slice(from, from + size * DOCUMENT_LENGTH);
		return hash('sha256', digests, 'hex').slice(0, DOCUMENTS_LENGTH);
	}
}

/** What an id says; `undefined` if it was not made from a job. */
export function readSubmission(submission: string): { job: string; documents: string } | undefined {
	const [, job, documents] = DERIVED.exec(submission) ?? [];
	return job === undefined || documents === undefined ? undefined : { job, documents };
}

/** Makes ids, none of them twice. */
export class SubmissionIds {
	/** The next number of each id without one. */
	private readonly numbers = new Map<string, number>();

	/** Says that an id is in use already. */
	reserve(submission: string): void {
		if (readSubmission(submission) === undefined) return;
		const end = submission.lastIndexOf('-');
		const name = submission.slice(0, end);
		const next = Number(submission.slice(end + 1)) + 1;
		this.numbers.set(name, Math.max(next, this.numbers.get(name) ?? 0));
	}

	/** @param documents identities, in the order of the request */
	next(job: Job, documents: readonly string[]): string {
		const name = `${jobPart(job)}-${new DocumentSequence(documents).documentsPart()}`;
		const number = this.numbers.get(name) ?? 0;
		this.numbers.set(name, number + 1);
		return `${name}-${number}`;
	}
}
