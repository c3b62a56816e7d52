import type { RunInput } from './types';

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
