import { setTimeout as pause } from 'node:timers/promises';

import axios from 'axios';

import type { N8nClient, StoredCredential } from '../n8n/client';
import type { Json, StoredWorkflow, WorkflowData } from '../n8n/n8nData';
import type { Endpoint, Subscription } from '../nodes/triggerBench';
import type { Simulator } from '../simulator';
import { endpointsOf, subscriptionsOf } from '../nodes/triggerBench';

const TRIGGER_TYPE = 'n8n-nodes-extend-ai.extendTrigger';

/** The parts of n8n's REST interface that only triggers need. */
export class TriggerClient {
	constructor(private readonly client: N8nClient) {}

	/** Any call; gives the answer's `data`. */
	async rest<T>(method: string, path: string, data?: object): Promise<T> {
		const answer = await axios.request<{ data: T; message?: string }>({
			baseURL: `${this.client.url}/rest`,
			method,
			url: path,
			data,
			headers: { cookie: this.client.session },
			proxy: false,
			validateStatus: () => true,
		});
		if (answer.status < 300) return answer.data.data;
		throw new Error(`${method} ${path}: ${answer.status} ${answer.data.message ?? ''}`);
	}

	/** Publishes the workflow as it is stored now. */
	async publish(id: string): Promise<void> {
		const { versionId } = await this.rest<StoredWorkflow>('GET', `/workflows/${id}`);
		await this.rest('POST', `/workflows/${id}/activate`, { versionId });
	}

	/** Unpublishes the workflow. */
	async unpublish(id: string): Promise<void> {
		await this.rest('POST', `/workflows/${id}/deactivate`, {});
	}

	/** Changes the nodes and publishes. */
	async change(id: string, change: (workflow: StoredWorkflow) => Partial<WorkflowData>) {
		const stored = await this.rest<StoredWorkflow>('GET', `/workflows/${id}`);
		await this.client.updateWorkflow(stored, change(stored));
		await this.publish(id);
	}

	/** Executions of a workflow, as many as there are. */
	async executions(workflowId: string): Promise<Array<{ id: string; status: string }>> {
		const all: Array<{ id: string; status: string }> = [];
		for (;;) {
			const last = all.at(-1)?.id;
			const filter = encodeURIComponent(JSON.stringify({ workflowId }));
			const path = `/executions?filter=${filter}&limit=100${last ? `&lastId=${last}` : ''}`;
			const page = await this.rest<{ results: typeof all }>('GET', path);
			const fresh = page.results.filter(({ id }) => !all.some((entry) => entry.id === id));
			if (fresh.length === 0) return all;
			all.push(...fresh);
		}
	}
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
				parameters,
				webhookId: crypto.randomUUID(),
				credentials: { [credential.type]: { id: credential.id, name: credential.name } },
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
	what: string,
	timeoutMs = 60_000,
): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	while (!(await holds())) {
		if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
		await pause(200);
	}
}
