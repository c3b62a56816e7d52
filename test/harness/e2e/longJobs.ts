import { readExample } from '../../../demo/exampleWorkflow';
import { referenceTo, type N8nClient, type StoredCredential } from '../n8n/client';
import type { Execution } from '../n8n/execution';
import type { Item, Json, WorkflowData } from '../n8n/n8nData';
import type { Simulator } from '../../simulator';
import { documentItems, node } from './pipeline';
import { eventually } from './triggers';

/** The name of the polling trigger in its workflow. */
export const POLLING = 'Extend Polling Trigger';

/** Every ten seconds: n8n takes no single time of less than a minute. */
const POLL_TIMES = {
	item: [0, 10, 20, 30, 40, 50].map((second) => ({
		mode: 'custom',
		cronExpression: `${second} * * * * *`,
	})),
};

/**
 * examples/job-of-many-hours.json with two batches of 50 documents, the last of which takes 40 seconds where the
 * others take a tenth of a second; it looks for six seconds, and sleeps for 70: n8n keeps an execution in memory
 * that waits for less than 65. A node "Links" behind its rows tells what expressions there find.
 */
export async function jobOfManyHours(
	simulator: Simulator,
	workflowId: string,
	credential: StoredCredential,
): Promise<WorkflowData> {
	Object.assign(simulator.settings, { processMs: 100, slowFactor: 400 });
	const example = await readExample('job-of-many-hours');
	const customer = { key: 'customer', value: '={{ $json.customer }}' };
	const simulate = { key: 'simulate', value: '={{ $itemIndex === 99 ? "slow" : "as usual" }}' };
	const changes: Record<string, { [name: string]: Json }> = {
		'List Documents': documentItems('https://example.com/documents', 100).parameters,
		'Extend Batch Run Workflow': {
			workflow: { __rl: true, mode: 'list', value: workflowId },
			metadata: { values: [customer, simulate] },
			options: { batchSize: 50 },
		},
		'Extend List Runs by Batch': { timeoutMinutes: 0.1 },
		Wait: { amount: 70, unit: 'seconds' },
	};
	const nodes = example.nodes.map((entry) => ({
		...entry,
		parameters: { ...entry.parameters, ...changes[entry.name] },
		...(entry.type.startsWith('n8n-nodes-extend-ai.') && { credentials: referenceTo(credential) }),
	}));
	const found = "$('Processed?').item.json";
	const links = node('Links', 'n8n-nodes-base.set', 3.4, {
		mode: 'raw',
		jsonOutput: `={{ { run: ${found}.runId, batch: ${found}.batchId, from: $('Extend Batch Run Workflow').item.json.batchId } }}`,
	});
	const connections: WorkflowData['connections'] = {
		...example.connections,
		Rows: { main: [[{ node: 'Links', type: 'main', index: 0 }]] },
	};
	return { ...example, nodes: [...nodes, links], connections };
}

/** The items of a node in all of its runs. */
export function allItems(execution: Execution, name: string, output = 0): Item[] {
	return execution.runs(name).flatMap(({ data }) => data?.main[output] ?? []);
}

/** What expressions behind the rows of `jobOfManyHours` find: the run of each, and those that find another batch. */
export function rowsOf(execution: Execution) {
	const rows = allItems(execution, 'Links').map(({ json }) => json);
	return {
		runIds: rows.map(({ run }) => run as string).sort(),
		batches: new Set(rows.map(({ batch }) => batch)).size,
		wrong: rows.filter(({ batch, from }) => batch !== from || batch === undefined),
	};
}

/** A workflow that begins with Extend Polling Trigger and does nothing else. */
export function pollingWorkflow(
	credential: StoredCredential,
	parameters: { [name: string]: Json } = {},
): WorkflowData {
	return {
		name: 'Polling',
		nodes: [
			{
				...node(POLLING, 'n8n-nodes-extend-ai.extendPollingTrigger', 1, {
					pollTimes: POLL_TIMES,
					output: 'summary',
					...parameters,
				}),
				credentials: referenceTo(credential),
			},
		],
		connections: {},
		settings: { executionOrder: 'v1' },
	};
}

/** The batches in all executions of that workflow, each as often as it was reported, with the number of its items. */
export async function polledBatches(
	client: N8nClient,
	workflowId: string,
): Promise<Array<[string, number]>> {
	const reports: Array<[string, number]> = [];
	for (const { id } of await client.executions(workflowId)) {
		const execution = await client.waitForExecution(id);
		expect(execution.error).toBeUndefined();
		const batchIds = execution.items(POLLING).map(({ json }) => json.batchId as string);
		for (const batchId of new Set(batchIds)) {
			reports.push([batchId, batchIds.filter((other) => other === batchId).length]);
		}
	}
	return reports.sort();
}

/** How many polls there were. */
export function polls({ ledger }: Simulator): number {
	return ledger.requests.filter(({ path }) => path.includes('sortBy=updatedAt')).length;
}

/** Waits for two more polls. */
export async function untilPolled(simulator: Simulator): Promise<void> {
	const before = polls(simulator);
	await eventually(() => polls(simulator) >= before + 2, 'n8n has polled twice');
}
