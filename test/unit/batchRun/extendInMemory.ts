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
 * What becomes of a submission: it is accepted, refused, or its answer is lost before or after it
 * was accepted.
 */
export type Verdict = 'accept' | 'lostBefore' | 'lostAfter' | { status: number; message: string };

type SubmittedMetadata = { n8n: { item: number } };

/** A batch that was accepted. */
interface AcceptedBatch {
	batchId: string;
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

	/**
	 * @param judge gets the items of a submission and its number, from 1
	 * @param mayLook whether runs may be listed and read
	 * @param hasWorkflow whether the workflow exists
	 */
	constructor(
		private readonly judge: (items: number[], submission: number) => Verdict,
		public mayLook = true,
		private readonly hasWorkflow = true,
	) {}

	/** Every item of which there is a run, once for each of its runs. */
	get runs(): number[] {
		return this.batches.flatMap(({ items }) => items).sort((a, b) => a - b);
	}

	/** Answers a request of n8n's HTTP helper. */
	async answer(request: IHttpRequestOptions): Promise<IN8nHttpFullResponse> {
		const response = this.respond(request);
		response.headers.date = new Date(Date.now() + this.clock.header).toUTCString();
		return response;
	}

	private respond({ method, url, body }: IHttpRequestOptions): IN8nHttpFullResponse {
		if (method === 'POST')
			return this.submit(JSON.parse((body as Buffer).toString()) as SubmissionBody);
		if (!this.mayLook) return answered(403, { code: 'FORBIDDEN', message: 'No' });
		if (url.startsWith('/workflows/')) {
			return this.hasWorkflow
				? answered(200, { id: 'workflow_a' })
				: answered(404, { code: 'NOT_FOUND' });
		}
		const position = /^\/workflow_runs\/run_(\d+)$/.exec(url)?.[1];
		if (position !== undefined) {
			const { batchId, metadata } = this.batches[Number(position)]!;
			return answered(200, { id: `run_${position}`, batchId, metadata });
		}
		const runs = this.batches.map(({ batchId, createdAt }, index) => ({
			id: `run_${index}`,
			status: 'PENDING',
			batchId,
			createdAt,
		}));
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
		const batchId = `batch_${this.batches.length}`;
		const createdAt = new Date(Date.now() + this.clock.creation).toISOString();
		const documents = inputs.map(({ file }) => file.url);
		this.batches.push({ batchId, createdAt, items, documents, metadata: inputs[0]?.metadata });
		if (verdict === 'lostAfter') throw connectionReset();
		return answered(200, { batchId });
	}
}

function answered(statusCode: number, body: IDataObject): IN8nHttpFullResponse {
	return { statusCode, headers: {}, body };
}

function connectionReset(): Error {
	return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** What the client and the journal take from n8n's execution. */
type UsedContext = Pick<
	IExecuteFunctions,
	'getContext' | 'getCredentials' | 'getExecutionCancelSignal' | 'getNode' | 'getWorkflowDataProxy'
> & { helpers: Pick<IExecuteFunctions['helpers'], 'httpRequestWithAuthentication'> };

/** One execution of n8n; its node context outlasts the tries of the node. */
export function contextOf(extend: ExtendInMemory): IExecuteFunctions {
	const contexts: Record<string, IDataObject> = { node: {}, flow: {} };
	const context: UsedContext = {
		getNode: () => node,
		getContext: (type) => contexts[type] ?? {},
		getCredentials: async <T extends object>() => ({ apiToken: 'sk_1', region: 'us' }) as T,
		getExecutionCancelSignal: () => undefined,
		getWorkflowDataProxy: () => ({ $runIndex: 0 }) as unknown as IWorkflowDataProxyData,
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
	const context = contextOf(extend);
	const client = await ExtendClient.connect(context);
	const journal = Journal.open(context, client.account);
	const workflows = new WorkflowCheck(client);
	const request = batchRequest({ workflow: 'w', execution: '1' }, new SubmissionIds());
	let isWanted = true;
	const control: Control = () => ({
		isWanted: () => isWanted,
		onFailure: ({ status }) => {
			if (status !== undefined && status === endingStatus) isWanted = false;
		},
	});
	const submitter = new BatchSubmitter(client, journal, workflows, control, request);
	const items = Array.from({ length: count }, (_, item) => item);
	const result = await submitter.submit(inputsOf(items, { ...SETTINGS, ...settings }));
	return { ...result, journal };
}

/** The items of groups of inputs, in rising order; an item in two groups is there twice. */
export function itemsIn(groups: ReadonlyArray<{ inputs: RunInput[] }>): number[] {
	return groups
		.flatMap(({ inputs }) => inputs.map(({ itemIndex }) => itemIndex))
		.sort((a, b) => a - b);
}
