import type { CallResult } from '../../extend/client/client';
import type { CallFailure } from '../../extend/failures/failure';
import type { Sending } from '../../extend/runs/creation';

/** Why waiting for a run came to an end; `due`: it seems to be finished, so that it is worth while to fetch it. */
export type Waited = { is: 'due' } | { is: 'timeout' } | { is: 'failed'; failure: CallFailure };

/** What a search came to; `notFound` is no proof that the run was not created. */
export type Searched =
	| { is: 'found'; runId: string; submission: string }
	| { is: 'notFound' }
	| { is: 'failed'; failure: CallFailure };

/** A run of a list, as far as it counts here. */
export interface ListedRun {
	id: string;
	status?: string | null;
	/** For the reference; not every list tells it. */
	metadata?: Record<string, unknown> | null;
}

/** Where runs of one kind, of one workflow or processor, are looked for. */
export interface WatchedList {
	/** Lists what was created since a time by Extend's clock; see `listDocumentRuns`. */
	since(time: () => number): Promise<CallResult<readonly ListedRun[]>>;
	/** Lists what Extend works on, however old, where the list has no order in which to look for that. */
	open?(): Promise<CallResult<readonly ListedRun[]>>;
}

/** A run that is waited for. */
export interface AwaitedRun {
	runId: string;
	sending: Sending;
	/** On the steady clock, like all times here. */
	deadline: number;
	/** Statuses in which it is waited for. */
	open: readonly string[];
}

/** A request whose answer was lost. */
export interface LostRequest extends Sending {
	submission: string;
}
