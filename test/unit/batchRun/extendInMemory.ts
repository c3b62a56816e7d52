/** An Extend without a network, for tests of the search for bad inputs that need many thousand calls. */
import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	IN8nHttpFullResponse,
	INode,
	IWorkflowDataProxyData,
} from 'n8n-workflow';

import { ExtendClient } from '../../../nodes/extend/client/client';
import { batchRequest } from '../../../nodes/ExtendBatchRunWorkflow/batchRequest';
import { SubmissionIds } from '../../../nodes/ExtendBatchRunWorkflow/jobKey/submissionIds';
import { Journal } from '../../../nodes/submit/journal';
import type { Control } from '../../../nodes/submit/sender';
import { BatchSubmitter } from '../../../nodes/submit/submitter';
import type { RunInput, SubmissionResult, SubmissionSettings } from '../../../nodes/submit/types';
import { WorkflowCheck } from '../../../nodes/submit/workflowCheck';

/**
 * What becomes of a submission: it is accepted, with an answer that names the batch, names none, or is lost;
 * it is lost before, or never sent; or it is answered with another status.
 */
export type Verdict =
	| 'accept'
	| 'acceptNameless'
	| 'lostAfter'
	| 'lostBefore'
	| 'unreachable'
	| { status: number; message: string };

type SubmittedMetadata = { n8n: { item: number } };

/** A batch that was accepted. */
interface AcceptedBatch {
	batchId: string;
	/** When it was accepted, in milliseconds of n8n's clock. */
	acceptedAt: number;
	createdAt: string;
	items: number[];
	/** The address of the document at each position. */
	documents: string[];
	metadata: SubmittedMetadata | undefined;
}

interface SubmissionBody {
	inputs: Array<{ file: { url: string }; metadata?: SubmittedMetadata }>;
}

const node: INode = {
	id: 'b1',
	name: 'Submit invoices',
	type: 'n8n-nodes-extend-ai.extendBatchRunWorkflow',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** The address of the document of an item. */
export const documentOf = (item: number) => `https://files.example.com/${item}.pdf`;

/** It takes batches and lists their runs; `judge` decides what it takes. */
export class ExtendInMemory {
	readonly batches: AcceptedBatch[] = [];

	/** Submissions, accepted or not. */
	submissions = 0;

	/** Milliseconds by which its `Date` headers, and what it says of the creation of runs, are off. */
	readonly clock = { header: 0, creation: 0 };

	/** Milliseconds until the runs of a batch are listed. */
	visibleAfterMs = 0;

	/** What it answers when it names no batch. */
	nameless: IDataObject = {};

	/** Milliseconds until a submission is answered, or its answer is lost. */
	answerAfterMs: (submission: number) => number = () => 0;

	/** What a proxy answers when Extend's answer is lost; `undefined`: the connection is reset. */
	lostStatus: number | undefined;

	/** The paths of what was read. */
	readonly read: string[] = [];

	/** Paths of which it says that there is nothing. */
	readonly missing = new Set<string>();

	/**
	 * @param judge gets the items of a submission and its number, from 1
	 * @param mayLook whether runs may be listed and read
	 */
	constructor(
		private readonly judge: (items: number[], submission: number) => Verdict,
		public mayLook = true,
	) {}

	/** Every item of which there is a run, once for each of its runs. */
	get runs(): number[] {
		return this.batches.flatMap(({ items }) => items).sort((a, b) => a - b);
	}

	/** Answers a request of n8n's HTTP helper. */
	async answer(request: IHttpRequestOptions): Promise<IN8nHttpFullResponse> {
		const waitMs = request.method === 'POST' ? this.answerAfterMs(this.submissions + 1) : 0;
		const answering = new Promise<IN8nHttpFullResponse>((resolve) => {
			resolve(this.respond(request));
		});
		if (waitMs > 0) {
			answering.catch(() => undefined);
			await new Promise((resolve) => setTimeout(resolve, waitMs));
		}
		const response = await answering;
		response.headers.date = new Date(Date.now() + this.clock.header).toUTCString();
		return response;
	}

	private respond({ method, url, qs, body }: IHttpRequestOptions): IN8nHttpFullResponse {
		if (method === 'POST')
			return this.submit(JSON.parse((body as Buffer).toString()) as SubmissionBody);
		this.read.push(url);
		if (!this.mayLook) return answered(403, { code: 'FORBIDDEN', message: 'No' });
		if (this.missing.has(url)) return answered(404, { code: 'NOT_FOUND' });
		if (url.startsWith('/workflows/')) return answered(200, { id: 'workflow_a' });
		const position = /^\/workflow_runs\/run_(\d+)$/.exec(url)?.[1];
		if (position !== undefined) {
			const { batchId, metadata } = this.batches[Number(position)]!;
			return answered(200, { id: `run_${position}`, batchId, metadata });
		}
		const visibleSince = Date.now() - this.visibleAfterMs;
		const runs = this.batches
			.map(({ batchId, createdAt, acceptedAt }, index) => ({
				run: { id: `run_${index}`, status: 'PENDING', batchId, createdAt },
				isListed:
					acceptedAt <= visibleSince && [batchId, undefined].includes(qs?.batchId as string),
			}))
			.flatMap(({ run, isListed }) => (isListed ? [run] : []));
		return answered(200, { object: 'list', data: runs.reverse() });
	}

	private submit({ inputs }: SubmissionBody): IN8nHttpFullResponse {
		this.submissions++;
		const items = inputs.map(({ metadata }) => metadata?.n8n.item ?? NaN);
		const verdict = this.judge(items, this.submissions);
		if (typeof verdict === 'object') {
			const { status, message } = verdict;
			return answered(status, { code: 'INVALID_REQUEST', message, retryable: false });
		}
		if (verdict === 'lostBefore') throw connectionReset();
		if (verdict === 'unreachable') throw unreachable();
		const batchId = `batch_${this.batches.length}`;
		const acceptedAt = Date.now();
		const createdAt = new Date(acceptedAt + this.clock.creation).toISOString();
		const documents = inputs.map(({ file }) => file.url);
		const metadata = inputs[0]?.metadata;
		this.batches.push({ batchId, acceptedAt, createdAt, items, documents, metadata });
		if (verdict === 'lostAfter') {
			if (this.lostStatus === undefined) throw connectionReset();
			return answered(this.lostStatus, {});
		}
		return answered(200, verdict === 'acceptNameless' ? this.nameless : { batchId });
	}
}

function answered(statusCode: number, body: IDataObject): IN8nHttpFullResponse {
	return { statusCode, headers: {}, body };
}

function connectionReset(): Error {
	return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

function unreachable(): Error {
	return Object.assign(new Error('connect ECONNREFUSED'), {
		code: 'ECONNREFUSED',
		syscall: 'connect',
	});
}

/** What the client and the journal take from n8n's execution. */
type UsedContext = Pick<
	IExecuteFunctions,
	'getContext' | 'getCredentials' | 'getExecutionCancelSignal' | 'getNode' | 'getWorkflowDataProxy'
> & { helpers: Pick<IExecuteFunctions['helpers'], 'httpRequestWithAuthentication'> };

/** What of an execution a test may change. */
export interface Circumstances {
	/** n8n's index of the node run. */
	runIndex: number;
	apiToken: string;
	/** Aborted when the execution is stopped. */
	signal?: AbortSignal;
}

/** One execution of n8n; its node context outlasts the tries of the node. */
export function contextOf(
	extend: ExtendInMemory,
	circumstances: Circumstances = { runIndex: 0, apiToken: 'sk_1' },
): IExecuteFunctions {
	const contexts: Record<string, IDataObject> = { node: {}, flow: {} };
	const context: UsedContext = {
		getNode: () => node,
		getContext: (type) => contexts[type] ?? {},
		getCredentials: async <T extends object>() =>
			({ apiToken: circumstances.apiToken, region: 'us' }) as T,
		getExecutionCancelSignal: () => circumstances.signal,
		getWorkflowDataProxy: () =>
			({ $runIndex: circumstances.runIndex }) as unknown as IWorkflowDataProxyData,
		helpers: {
			httpRequestWithAuthentication: async (_credential, request) => await extend.answer(request),
		},
	};
	return context as IExecuteFunctions;
}

/** The settings of a batch, as they are by default, but without waiting. */
export const SETTINGS: SubmissionSettings = {
	workflowId: 'workflow_a',
	version: '',
	reference: true,
	onUnknownOutcome: 'resubmit',
	settleSeconds: 0,
	isolateBadInputs: true,
};

/** Inputs with a document each. */
export function inputsOf(items: number[], settings = SETTINGS): RunInput[] {
	return items.map((itemIndex) => {
		const url = documentOf(itemIndex);
		return { itemIndex, settings, document: url, file: { url } };
	});
}

/** What one try of the node begins with. */
export async function openTry(context: IExecuteFunctions, control: Control = () => ({})) {
	const client = await ExtendClient.connect(context);
	const journal = Journal.open(context, client.account);
	const request = batchRequest({ workflow: 'w', execution: '1' }, new SubmissionIds());
	const workflows = new WorkflowCheck(client);
	const submitter = new BatchSubmitter(client, journal, workflows, control, request);
	return { client, journal, submitter, workflows };
}

/**
 * Submits `count` inputs as one batch; tells what became of them and what the journal says of it.
 * @param endingStatus a status after which no further call is wanted, as in a job
 */
export async function submitTo(
	extend: ExtendInMemory,
	count: number,
	settings: Partial<SubmissionSettings> = {},
	endingStatus?: number,
): Promise<SubmissionResult<RunInput> & { journal: Journal }> {
	let isWanted = true;
	const control: Control = () => ({
		isWanted: () => isWanted,
		onFailure: ({ status }) => {
			if (status !== undefined && status === endingStatus) isWanted = false;
		},
	});
	const { submitter, journal } = await openTry(contextOf(extend), control);
	const items = Array.from({ length: count }, (_, item) => item);
	const result = await submitter.submit(inputsOf(items, { ...SETTINGS, ...settings }));
	return { ...result, journal };
}

/** No test lets more time pass; what would go on for ever shall be noticed soon. */
const LONGEST_MS = 2 * 3_600_000;

/** Lets time, which must be faked, pass until a promise is settled. @returns what came of it, and how many seconds that took */
export async function elapsing<T>(promise: Promise<T>): Promise<{ value: T; seconds: number }> {
	let isDone = false;
	const settled = promise.finally(() => {
		isDone = true;
	});
	settled.catch(() => undefined);
	const startedAt = Date.now();
	while (!isDone as boolean) {
		if (Date.now() - startedAt > LONGEST_MS) throw new Error('This has no end.');
		await jest.advanceTimersByTimeAsync(100);
	}
	return { value: await settled, seconds: (Date.now() - startedAt) / 1000 };
}

/** The whole numbers from one up to another, without that. */
export function range(from: number, to: number): number[] {
	return Array.from({ length: to - from }, (_, index) => from + index);
}

/** Fails unless each of `count` inputs ended in exactly one place, as Extend and the journal see it too. */
export function expectEachOnce(
	{ accepted, rejected, journal }: Awaited<ReturnType<typeof submitTo>>,
	extend: ExtendInMemory,
	count: number,
): void {
	expect(itemsIn([...accepted, ...rejected])).toEqual(range(0, count));
	expect(extend.runs).toEqual(itemsIn(accepted));
	expect(new Set(accepted.map(({ batchId }) => batchId))).toEqual(
		new Set(journal.entries.flatMap(({ batchId }) => batchId ?? [])),
	);
}

/** The items of groups of inputs, in rising order; an item in two groups is there twice. */
export function itemsIn(groups: ReadonlyArray<{ inputs: RunInput[] }>): number[] {
	return groups
		.flatMap(({ inputs }) => inputs.map(({ itemIndex }) => itemIndex))
		.sort((a, b) => a - b);
}
