import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

import { referenceTo, type N8nClient, type StoredCredential } from '../n8n/client';
import type { N8nInstall } from '../n8n/install';
import type { Json, StoredWorkflow, WorkflowData, WorkflowNode } from '../n8n/n8nData';
import type { Endpoint, Subscription } from '../../nodes/trigger/playedTrigger';
import type { Simulator } from '../../simulator';
import { endpointsOf, subscriptionsOf } from '../../nodes/trigger/playedTrigger';

const TRIGGER_TYPE = 'n8n-nodes-extend-ai.extendTrigger';

/** Changes the nodes of a workflow and publishes it. */
export async function publishChange(
	client: N8nClient,
	id: string,
	change: (node: WorkflowNode) => WorkflowNode,
): Promise<void> {
	const stored = await client.workflow(id);
	await client.updateWorkflow(stored, { nodes: stored.nodes.map(change) });
	await client.publishWorkflow(id);
}

/** A workflow that begins with Extend Trigger and does nothing else. */
export function triggerWorkflow(
	credential: StoredCredential,
	parameters: { [name: string]: Json },
	name = 'Documents',
	nodeName = 'Extend Trigger',
): WorkflowData {
	return {
		name,
		nodes: [
			{
				name: nodeName,
				type: TRIGGER_TYPE,
				typeVersion: 1.1,
				position: [0, 0],
				parameters: { events: ['workflow_run.completed', 'workflow_run.failed'], ...parameters },
				webhookId: crypto.randomUUID(),
				credentials: referenceTo(credential),
			},
		],
		connections: {},
		settings: { executionOrder: 'v1' },
	};
}

/** What is registered at Extend. */
export interface Registered {
	endpoints: Endpoint[];
	subscriptions: Subscription[];
}

/** What is registered at Extend now. */
export async function registered(simulator: Simulator): Promise<Registered> {
	return {
		endpoints: await endpointsOf(simulator),
		subscriptions: await subscriptionsOf(simulator),
	};
}

/** Waits until something about n8n or Extend holds. */
export async function eventually(
	holds: () => Promise<boolean> | boolean,
	what: string | (() => string),
	timeoutMs = 60_000,
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	while (!(await holds())) {
		if (Date.now() > deadline) {
			throw new Error(`Waited in vain until ${typeof what === 'string' ? what : what()}`);
		}
		await pause(200);
	}
}

/** The secret that a published trigger has stored, if it is registered already. */
function signingSecretOf(workflow: StoredWorkflow, nodeName: string): string | undefined {
	const staticData = workflow.staticData as
		{ [node: string]: { registration?: { signingSecret?: string } } } | null | undefined;
	return staticData?.[`node:${nodeName}`]?.registration?.signingSecret;
}

/** Waits until a published trigger is registered, and gives what it takes to deliver something to it. */
export async function endpointOf(
	simulator: Simulator,
	client: N8nClient,
	workflowId: string,
	nodeName = 'Extend Trigger',
): Promise<{ url: string; staticData: { registration: { signingSecret: string } } }> {
	let signingSecret: string | undefined;
	let webhookId = '';
	await eventually(async () => {
		const workflow = await client.workflow(workflowId);
		webhookId = String(workflow.nodes.find(({ name }) => name === nodeName)?.webhookId);
		signingSecret = signingSecretOf(workflow, nodeName);
		return signingSecret !== undefined;
	}, 'the trigger is registered');
	const endpoint = (await endpointsOf(simulator)).find(({ url }) => url.includes(webhookId));
	if (endpoint === undefined || signingSecret === undefined) {
		throw new Error('The trigger has no endpoint.');
	}
	return { url: endpoint.url, staticData: { registration: { signingSecret } } };
}

let events = 0;

/** The event of a run that went well; each one is another. */
export function finishedRun(payload: object = {}) {
	events++;
	return {
		eventId: `event_${events}`,
		eventType: 'workflow_run.completed',
		payload: { object: 'workflow_run', id: `workflow_run_${events}`, ...payload },
	};
}

/** Changes the SQLite database of an n8n, running or not, with the driver that n8n brought along. */
export async function changeDatabase(
	install: N8nInstall,
	userFolder: string,
	statement: string,
): Promise<void> {
	const script = `const { Database } = require('sqlite3');
const database = new Database(process.argv[1]);
database.configure('busyTimeout', 5_000);
database.exec(process.argv[2], (error) => { if (error) throw error; database.close(); });`;
	const path = join(userFolder, '.n8n', 'database.sqlite');
	await promisify(execFile)(install.node, ['-e', script, path, statement], {
		cwd: install.directory,
	});
}
