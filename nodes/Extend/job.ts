import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';

import type { ExtendClient } from '../extend/client/client';
import { eachAtOnce } from '../extend/client/waiting';
import { endsJob } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import type { Operation, OutputItem, Trouble } from './operation';
import type { Request } from './parameters';

/** What became of a request. */
export type Answered = { request: Request } & (
	| { items: OutputItem[] }
	| { failure: CallFailure; done?: string; left?: string; ids?: IDataObject }
	| { trouble: Trouble }
	/** Not tried: the job stopped first. */
	| { failure: undefined }
);

/** Requests that are worked on side by side. How many calls are under way is up to the client. */
const REQUESTS_AT_ONCE = 64;

/** What a job came to. */
export interface JobResult {
	/** In the order of the requests. */
	answers: Answered[];
	/** What was to be said above the output. */
	warnings: string[];
}

/**
 * Performs an operation for many requests side by side. It never throws for a call that fails.
 * @param stopsAtFirst whether the first failure ends the job, as with "On Error: Stop"
 */
export async function performAll(
	context: IExecuteFunctions,
	client: ExtendClient,
	operation: Operation,
	requests: readonly Request[],
	stopsAtFirst: boolean,
): Promise<JobResult> {
	let isStopped = false;
	const warnings = new Set<string>();
	const workplace = {
		context,
		client: client.within({
			isWanted: () => !isStopped,
			onFailure: (failure) => {
				if (endsJob(failure)) isStopped = true;
			},
		}),
		warn: (message: string) => void warnings.add(message),
	};
	const shared = operation.share?.(
		workplace,
		requests.map(({ input }) => input),
	);
	const answers: Answered[] = requests.map((request) => ({ request, failure: undefined }));
	await eachAtOnce(answers.keys(), operation.atOnce ?? REQUESTS_AT_ONCE, async (index) => {
		const request = requests[index]!;
		if (isStopped || client.signal?.aborted === true) return;
		const performed = await operation.perform(workplace, request.input, shared);
		if (performed.ok) {
			answers[index] = { request, items: performed.items };
			return;
		}
		if ('trouble' in performed) {
			answers[index] = { request, trouble: performed.trouble };
			if (stopsAtFirst) isStopped = true;
			return;
		}
		const { failure, done, left, ids } = performed;
		// What was only called off before anything was done is no failure of its own.
		const isCalledOff = failure.kind === 'cancelled' && done === undefined;
		if (!isCalledOff) answers[index] = { request, failure, done, left, ids };
		if (stopsAtFirst || endsJob(failure)) isStopped = true;
	});
	if (answers.every((answer) => 'items' in answer)) operation.conclude?.(shared);
	return { answers, warnings: [...warnings] };
}
