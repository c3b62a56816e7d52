import type { N8nClient, StoredCredential } from '../n8n/client';
import type { Execution } from '../n8n/execution';
import type { WorkflowNode } from '../n8n/n8nData';
import { SEED_WORKFLOWS, startSimulator, TOKENS, type Simulator } from '../../simulator';

import { pipeline } from './pipeline';
import { runningN8n } from './running';

/** What a test file works with: the suite's n8n, and an Extend of its own. */
export interface Bench {
	client: N8nClient;
	simulator: Simulator;
	credential: StoredCredential;
	/** The Extend workflow that runs the documents; another one after each reset of the simulator. */
	readonly workflowId: string;
	/** Stores the nodes as a workflow, one after the other, and runs it. */
	run(...nodes: WorkflowNode[]): Promise<Execution>;
	close(): Promise<void>;
}

/** Sets up what a test file works with. */
export async function openBench(): Promise<Bench> {
	const client = runningN8n();
	const simulator = await startSimulator();
	const credential = await client.createCredential('extendApi', 'Simulator', {
		apiToken: TOKENS.workspace,
		region: 'custom',
		baseUrl: simulator.url,
	});
	return {
		client,
		simulator,
		credential,
		get workflowId() {
			return simulator.workflow(SEED_WORKFLOWS.invoices).id;
		},
		run: async (...nodes) =>
			await client.runWorkflow(await client.createWorkflow(pipeline(nodes, credential))),
		close: async () => {
			await simulator.close();
		},
	};
}
