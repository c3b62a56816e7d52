import { setTimeout as pause } from 'node:timers/promises';

import type { N8nClient, StoredCredential } from '../test/harness/n8n/client';
import type { Execution } from '../test/harness/n8n/execution';
import { jsonText } from '../test/harness/n8n/jsonText';
import type { Progress } from '../test/harness/n8n/progress';

import { bulkSubmitExample, EXAMPLE_NODES, withResults } from './exampleWorkflow';
import type { Outcome, Service } from './service';

/** What the demo's run came to. */
export interface Submission {
	outcome: Outcome;
	/** How long n8n took for the whole workflow. */
	seconds: number;
	workflowId: string;
	/** Why the run failed, if it did. */
	failure: string | undefined;
}

const POLL_MS = 250;

/** Makes the example workflow, runs it, and shows how far it is. */
export async function submit(
	client: N8nClient,
	service: Service,
	credential: StoredCredential,
	documents: number,
	progress: Progress,
): Promise<Submission> {
	const example = await bulkSubmitExample(service, credential, documents);
	// The real service may take hours for so many documents.
	const waits = service.documentFolder !== undefined;
	const workflow = await client.createWorkflow(waits ? withResults(example) : example);

	const started = Date.now();
	const executionId = await client.startWorkflow(workflow);
	const show = setInterval(() => {
		progress.tick(progressText(service.accepted(), documents, started));
	}, POLL_MS);
	try {
		const execution = await untilEnd(client, executionId);
		const seconds = (Date.now() - started) / 1000;
		const { extend, list, results } = EXAMPLE_NODES;
		const field = service.documentFolder === undefined ? 'name' : 'url';
		const names = execution.items(list).map(({ json }) => jsonText(json[field]));
		const batchIds = execution.items(extend).map(({ json }) => jsonText(json.batchId));
		const { error } = execution;
		return {
			outcome: {
				...(await service.account(names, batchIds)),
				documents,
				...(waits ? { results: processed(execution.items(results)) } : {}),
			},
			seconds,
			workflowId: workflow.id,
			failure: error && [error.message, error.description].filter(Boolean).join('\n'),
		};
	} finally {
		clearInterval(show);
	}
}

/** Without a limit: how long many documents take depends on the plan, and Ctrl-C is at hand. */
async function untilEnd(client: N8nClient, executionId: string) {
	for (;;) {
		const execution = await client.getExecution(executionId);
		if (execution.ended) return execution;
		await pause(POLL_MS);
	}
}

function processed(items: ReturnType<Execution['items']>): number {
	return items.filter(({ json }) => json.status === 'PROCESSED').length;
}

function progressText(accepted: number | undefined, documents: number, started: number): string {
	const seconds = Math.round((Date.now() - started) / 1000);
	const count =
		accepted === undefined
			? 'submitting'
			: `${accepted.toLocaleString('en')} of ${documents.toLocaleString('en')} documents accepted`;
	return `${count}, ${seconds} s`;
}
