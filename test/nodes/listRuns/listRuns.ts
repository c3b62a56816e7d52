/** What the suites of Extend List Runs by Batch share: batches in the simulator, and one run of the node. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import axios from 'axios';
import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendListRunsByBatch } from '../../../nodes/ExtendListRunsByBatch/ExtendListRunsByBatch.node';
import { runNode, type NodeRun, type RunResult } from '../../harness/engine';
import { API_VERSION, TOKENS, type Simulator } from '../../simulator';
import { credentialsFor, urlOf } from '../batchRun/batchRun';

/** A call of the API as somebody outside of n8n makes it. */
export async function callExtend<T>(
	simulator: Simulator,
	method: 'GET' | 'POST' | 'DELETE',
	path: string,
	body?: object,
): Promise<T> {
	const { data } = await axios.request<T>({
		method,
		url: `${simulator.url}${path}`,
		data: body,
		proxy: false,
		headers: {
			authorization: `Bearer ${TOKENS.workspace}`,
			'x-extend-api-version': API_VERSION,
		},
	});
	return data;
}

/**
 * Submits a batch, each input with a reference to its own position.
 * @param metadata further metadata of an input; `undefined` leaves out the reference too
 */
export async function submitBatch(
	simulator: Simulator,
	count: number,
	metadata: (index: number) => IDataObject | undefined = () => ({}),
	workflow = 'Invoice Processing',
): Promise<string> {
	const inputs = Array.from({ length: count }, (_, index) => {
		const own = metadata(index);
		const n8n = { submission: 's-1', item: index, of: count, workflow: 'w', execution: '1' };
		return { file: { url: urlOf(index) }, metadata: own === undefined ? {} : { n8n, ...own } };
	});
	const { batchId } = await callExtend<{ batchId: string }>(
		simulator,
		'POST',
		'/workflow_runs/batch',
		{ workflow: { id: simulator.workflow(workflow).id }, inputs },
	);
	return batchId;
}

/** Waits until no run of the simulator is under way. */
export async function untilProcessed(simulator: Simulator): Promise<void> {
	const isOpen = () => {
		const { PENDING = 0, PROCESSING = 0, CANCELLING = 0 } = simulator.summary().runStatuses;
		return PENDING + PROCESSING + CANCELLING > 0;
	};
	while (isOpen()) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** Items that name batches, as Extend Batch Run Workflow puts them out. */
export function batchItems(...batchIds: string[]): INodeExecutionData[] {
	return batchIds.map((batchId) => ({ json: { batchId } }));
}

/** Runs as Extend lists them at the moment; what a node does by default is waiting, and simplified. */
const AS_LISTED = { waitForCompletion: false, output: 'summary' };

/** Runs the node, without waiting and with summaries; parameters and settings may be added. */
export async function listRuns(
	simulator: Pick<Simulator, 'url'>,
	items: INodeExecutionData[],
	parameters: INodeParameters = {},
	more: Partial<NodeRun> = {},
): Promise<RunResult> {
	return await runNode({
		node: new ExtendListRunsByBatch(),
		items,
		parameters: { ...AS_LISTED, ...parameters },
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
		...more,
	});
}

/** The reads that the simulator got: their paths with queries, decoded. */
export function readsOf(simulator: Simulator): string[] {
	return simulator.ledger.requests
		.filter(({ category }) => category === 'GET')
		.map(({ path }) => decodeURIComponent(path));
}

/** The ids of the runs of a batch in the order of their creation, as the node promises it. */
export async function idsByCreation(simulator: Simulator, batchId: string): Promise<string[]> {
	const { data } = await callExtend<{ data: Array<{ id: string; createdAt: string }> }>(
		simulator,
		'GET',
		`/workflow_runs?batchId=${batchId}&maxPageSize=1000`,
	);
	const key = ({ id, createdAt }: { id: string; createdAt: string }) => `${createdAt} ${id}`;
	return data.sort((a, b) => (key(a) < key(b) ? -1 : 1)).map(({ id }) => id);
}

/** What stands between the node and a simulator, and is up to something. */
export interface GoBetween {
	url: string;
	close: () => Promise<void>;
}

/**
 * Stands before a simulator, and hands calls through to it; an answer that it does not get is lost.
 * @param pageSize asks for smaller pages than the caller wants, as Extend may do
 * @param afterList is done when the simulator has answered a list, before the caller hears of it
 */
export async function goBetween(
	simulator: Simulator,
	{ pageSize, afterList }: { pageSize?: number; afterList?: () => Promise<void> },
): Promise<GoBetween> {
	const server = createServer((request, response) => {
		const url = new URL(request.url ?? '/', simulator.url);
		const isList = url.searchParams.has('maxPageSize');
		if (isList && pageSize !== undefined) url.searchParams.set('maxPageSize', `${pageSize}`);
		const { authorization = '' } = request.headers;
		void axios
			.get<string>(url.href, {
				proxy: false,
				responseType: 'text',
				validateStatus: () => true,
				headers: { authorization, 'x-extend-api-version': API_VERSION },
			})
			.then(async ({ status, data }) => {
				if (isList) await afterList?.();
				response.writeHead(status, { 'content-type': 'application/json' });
				response.end(data);
			})
			.catch(() => request.socket.destroy());
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		close: async () => {
			server.closeAllConnections();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}
