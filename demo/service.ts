import type { ItemJson } from '../test/harness/n8n/n8nData';

import type { Heard } from './listen';

/** What became of the documents of a run. */
export interface Outcome {
	documents: number;
	batches: number;
	runs: number;
	doubled: number;
	lost: number;
	/** Finished runs that came back, where the demo waits for them. */
	results?: number;
	/** What Extend Trigger reported, where the service can reach it. */
	heard?: Heard;
}

/** The Extend service the demo submits to: the simulator, or the real one. */
export interface Service {
	/** How it is called in what the demo prints. */
	name: string;
	/** The data of the credential that reaches it. */
	credential: ItemJson;
	/** The Extend workflow that runs the documents. */
	workflow: { id: string; name: string };
	/**
	 * The folder with the documents, when Extend can fetch them by URL. The real service cannot reach
	 * this machine, so there each document is a short text.
	 */
	documentFolder: string | undefined;
	/** How many documents were accepted so far, where that can be known. */
	accepted(): number | undefined;
	/** Compares what was submitted with what arrived. */
	account(documents: readonly string[], batchIds: readonly string[]): Promise<Outcome>;
	close(): Promise<void>;
}
