import type { CallFailure } from '../extend/failures/failure';
import type { RunFile } from '../extend/api/types';

/** What a batch is submitted with. */
export interface SubmissionSettings {
	workflowId: string;
	/** Empty: the newest deployed version. */
	version: string;
	/** 1 (first) to 100; absent: Extend's default for batches. */
	priority?: number;
	reference: boolean;
	onUnknownOutcome: 'resubmit' | 'fail';
	settleSeconds: number;
	isolateBadInputs: boolean;
	/** The job that the inputs belong to, if they have a Job Key. */
	job?: JobSettings;
}

/** What a Job Key asks for. */
export interface JobSettings {
	key: string;
	/** How far back runs of the job are looked for. */
	lookBackDays: number;
	/** Whether documents are submitted again whose run failed, was rejected or cancelled. */
	resubmitFailed: boolean;
}

/** Whether a batch is submitted again after its answer was lost and no run of it was found. */
export function isResubmitted({ onUnknownOutcome }: SubmissionSettings): boolean {
	return onUnknownOutcome === 'resubmit';
}

/** An item of the input, and what was to be sent for it. */
export interface Claimant {
	itemIndex: number;
	/** The same object for all inputs of a batch. */
	settings: SubmissionSettings;
	/** What the document is, to recognize it in a later try; `undefined` if the item is not valid any more. */
	document: string | undefined;
	/** What identifies the document within its job; only there under a Job Key. */
	identity?: string;
	/** The binary field of its file, where the item may have several, each an input of its own. */
	field?: string;
}

/** One input of a batch: a document that becomes one run. */
export interface RunInput extends Claimant {
	file: RunFile;
	/** Whether the item has more files than this. */
	isOneOfSeveral?: boolean;
	metadata?: Record<string, unknown>;
	secrets?: Record<string, unknown>;
}

/** How inputs that share their settings are sent with one request, and what it starts. */
export interface RequestKind<Input extends RunInput = RunInput> {
	/** What one request starts: a batch of runs, or a single run. */
	starts: 'batch' | 'run';
	/** Where to post it. */
	path: string;
	/** Makes the id of a request for these inputs, which the reference of its runs carries. */
	submissionOf(inputs: readonly Input[]): string;
	/** Its body, as JSON. */
	body(inputs: readonly Input[], submission: string): object;
	/** Extend's id of what was started, if the answer names it. */
	idIn(answer: object): unknown;
}

/** Inputs that Extend has accepted, all in one batch. */
export interface AcceptedInputs<Input> {
	batchId: string;
	workflowId: string;
	version: string;
	/** When the batch was sent, ISO time. */
	submittedAt: string;
	/** Number of runs of the batch. */
	size: number;
	inputs: Input[];
	/** The position of each input in the batch, as far as it is known. */
	positions: Array<number | undefined>;
	/** Set if the batch was submitted by another execution of the same job. */
	alreadySubmitted?: true;
}

/** Inputs that did not become runs, or of which it is not known. */
export interface RejectedInputs<Input> {
	inputs: Input[];
	failure: CallFailure;
	/** What Extend does not have, if that is the reason. */
	missing?: 'workflow' | 'version';
	/** Set if the inputs were only in the company of bad ones when the search for these was given up. */
	searchGivenUp?: boolean;
}

/** What became of the inputs of a batch; each input is in exactly one place. */
export interface SubmissionResult<Input> {
	accepted: Array<AcceptedInputs<Input>>;
	rejected: Array<RejectedInputs<Input>>;
}
