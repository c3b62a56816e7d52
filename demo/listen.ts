import { setTimeout as pause } from 'node:timers/promises';

import type { N8nClient, StoredCredential } from '../test/harness/n8n/client';
import type { Progress } from '../test/harness/n8n/progress';

import { EXAMPLE_NODES, triggerExample } from './exampleWorkflow';

/** What Extend Trigger has heard. */
export interface Heard {
	/** Executions that it started, one for each finished batch. */
	executions: number;
	/** Runs that were in them. */
	runs: number;
}

/** A published workflow that listens for finished batches. */
export interface Listener {
	workflowId: string;
	/** Waits until it has heard of so many runs, or for as long as that may take. */
	untilHeard(runs: number, progress: Progress): Promise<Heard>;
}

const POLL_MS = 250;
const PUBLISHING_MS = 30_000;
const HEARING_MS = 120_000;

/** Publishes the example that reacts to finished batches, and waits until it is registered. */
export async function listen(client: N8nClient, credential: StoredCredential): Promise<Listener> {
	const workflow = await client.createWorkflow(
		await triggerExample('react-to-finished-batches', credential),
	);
	await client.publishWorkflow(workflow.id);
	await client.untilPublished(workflow.id, PUBLISHING_MS);
	return {
		workflowId: workflow.id,
		untilHeard: async (runs, progress) => {
			const until = Date.now() + HEARING_MS;
			for (;;) {
				const heard = await heardOf(client, workflow.id);
				progress.tick(`${heard.runs.toLocaleString('en')} runs reported by Extend Trigger`);
				if (heard.runs >= runs || Date.now() > until) return heard;
				await pause(POLL_MS);
			}
		},
	};
}

async function heardOf(client: N8nClient, workflowId: string): Promise<Heard> {
	const started = await client.executions(workflowId);
	const executions = await Promise.all(
		started.map(async ({ id }) => await client.getExecution(id)),
	);
	const counts = executions
		.filter(({ ended }) => ended)
		.map((execution) => execution.items(EXAMPLE_NODES.trigger).length);
	return { executions: started.length, runs: counts.reduce((sum, count) => sum + count, 0) };
}
