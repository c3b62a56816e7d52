import { randomUUID } from 'node:crypto';
import { Agent } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import axios, { type AxiosInstance, type AxiosRequestConfig } from 'axios';

import { Execution, type ExecutionRecord } from './execution';
import type {
	ExecutionStatus,
	ItemJson,
	Json,
	StoredWorkflow,
	TypeDescription,
	WorkflowData,
	WorkflowNode,
} from './n8nData';

/** Who signs in; set up by `N8nClient.signIn` on an instance that nobody owns yet. */
export interface Owner {
	email: string;
	password: string;
}

/** A credential n8n has stored. */
export interface StoredCredential {
	id: string;
	name: string;
	type: string;
	data: ItemJson;
}

/** A credential as a node names it. */
export function referenceTo({
	id,
	name,
	type,
}: StoredCredential): NonNullable<WorkflowNode['credentials']> {
	return { [type]: { id, name } };
}

/** What n8n says about a credential after trying it. */
export interface CredentialTestResult {
	status: 'OK' | 'Error';
	message: string;
}

/** An execution as the list of executions shows it. */
export interface ExecutionSummary {
	id: string;
	status: ExecutionStatus;
}

/** How the publication of a workflow stands. */
export interface Publication {
	status: 'in_progress' | 'not_published' | 'published' | 'partial' | 'failed';
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}

const POLL_MS = 300;
const START_MS = 60_000;
const WHOLE_MS = 3_000;

/** The REST interface of a running n8n, as its editor uses it. */
export class N8nClient {
	private readonly http: AxiosInstance;

	/** @param session The session of another client; without it, `signIn` makes one. */
	constructor(
		readonly url: string,
		session?: string,
	) {
		this.http = axios.create({
			baseURL: url,
			proxy: false,
			// While n8n is busy it closes idle connections late, just when one is used again.
			httpAgent: new Agent({ keepAlive: false }),
			maxBodyLength: Infinity,
			validateStatus: () => true,
		});
		if (session !== undefined) this.http.defaults.headers.common.Cookie = session;
	}

	/** The session, for the browser or another client. */
	get session(): string {
		return String(this.http.defaults.headers.common.Cookie ?? '');
	}

	/** Makes the owner account of a new instance, or signs in to it when it is there already. */
	async signIn(owner: Owner): Promise<void> {
		const names = { firstName: 'Demo', lastName: 'Owner' };
		const deadline = Date.now() + START_MS;
		for (;;) {
			const answer = await this.http.post('/rest/owner/setup', { ...owner, ...names });
			const cookies = answer.headers['set-cookie'];
			if (answer.status === 200 && cookies) {
				this.keepSession(cookies);
				return;
			}
			// Right after the start the routes may not be there yet.
			const starting = answer.status === 404 || answer.status >= 500;
			if (!starting || Date.now() > deadline) break;
			await pause(POLL_MS);
		}
		const { email, password } = owner;
		const answer = await this.http.post('/rest/login', { emailOrLdapLoginId: email, password });
		const cookies = answer.headers['set-cookie'];
		if (answer.status !== 200 || !cookies) {
			throw new Error(`Signing in to n8n was answered with ${answer.status}.`);
		}
		this.keepSession(cookies);
	}

	/** All node types this instance offers. */
	async nodeTypes(): Promise<TypeDescription[]> {
		return await this.request<TypeDescription[]>({ url: '/types/nodes.json' });
	}

	/** All credential types this instance offers. */
	async credentialTypes(): Promise<TypeDescription[]> {
		return await this.request<TypeDescription[]>({ url: '/types/credentials.json' });
	}

	/** A file n8n serves, such as an icon. */
	async file(path: string): Promise<{ status: number; contentType: string; text: string }> {
		const { status, headers, data } = await this.http.get<string>(path, { responseType: 'text' });
		return { status, contentType: String(headers['content-type']), text: data };
	}

	/** Stores a credential. */
	async createCredential(type: string, name: string, data: ItemJson): Promise<StoredCredential> {
		const { id } = await this.rest<{ id: string }>('POST', '/credentials', { name, type, data });
		return { id, name, type, data };
	}

	/** Has n8n try a credential, as the editor does when it is saved. */
	async testCredential(credential: StoredCredential): Promise<CredentialTestResult> {
		return await this.rest('POST', '/credentials/test', { credentials: credential });
	}

	/** Makes a Data Table of the owner's, with columns of these names and types. @returns its id */
	async createDataTable(name: string, columns: Record<string, string>): Promise<string> {
		const all = Object.entries(columns).map(([name, type]) => ({ name, type }));
		const { id } = await this.rest<{ id: string }>('POST', await this.dataTables(), {
			name,
			columns: all,
		});
		return id;
	}

	/** The rows of a Data Table. */
	async dataTableRows(id: string): Promise<ItemJson[]> {
		const path = `${await this.dataTables()}/${id}/rows`;
		return (await this.rest<{ data: ItemJson[] }>('GET', path)).data;
	}

	/** Stores a workflow. */
	async createWorkflow(workflow: WorkflowData): Promise<StoredWorkflow> {
		const nodes = workflow.nodes.map((node) => ({ id: randomUUID(), ...node }));
		return await this.rest('POST', '/workflows', {
			settings: {},
			...workflow,
			nodes,
			active: false,
		});
	}

	/** Replaces what is given of a workflow. */
	async updateWorkflow(
		workflow: StoredWorkflow,
		changes: Partial<WorkflowData>,
	): Promise<StoredWorkflow> {
		return await this.rest('PATCH', `/workflows/${workflow.id}`, {
			...changes,
			versionId: workflow.versionId,
		});
	}

	/** A workflow as it is stored now. */
	async workflow(id: string): Promise<StoredWorkflow> {
		return await this.rest('GET', `/workflows/${id}`);
	}

	/** Publishes a workflow as it is stored now. n8n 2 answers before the triggers are registered. */
	async publishWorkflow(id: string): Promise<void> {
		const { versionId } = await this.workflow(id);
		await this.rest('POST', `/workflows/${id}/activate`, { versionId });
	}

	/** How far the publication of a workflow is, and what the triggers say that could not be registered. */
	async publication(id: string): Promise<Publication> {
		const path = `/rest/workflows/${id}/publication-status`;
		const { status, data } = await this.http.get<{ data: Publication }>(path);
		// n8n 1 knows no such status: there, the call that publishes is answered when all is done.
		return status === 404 ? { status: 'published', triggers: [] } : data.data;
	}

	/** Waits until all triggers of a published workflow are registered; fails with what they say. */
	async untilPublished(id: string, timeoutMs = 60_000): Promise<void> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const { status, triggers } = await this.publication(id);
			if (status === 'published') return;
			if (status === 'failed' || Date.now() > deadline) {
				const said = triggers.map(({ errorMessage }) => errorMessage ?? '').join(' ');
				throw new Error(`Workflow ${id} is not published (${status}). ${said}`);
			}
			await pause(POLL_MS);
		}
	}

	/** Unpublishes a workflow. */
	async unpublishWorkflow(id: string): Promise<void> {
		await this.rest('POST', `/workflows/${id}/deactivate`, {});
	}

	/** Has a trigger listen for a test event, as the editor's button does. */
	async listenForTestEvent(workflow: StoredWorkflow, triggerName: string): Promise<void> {
		await this.rest('POST', `/workflows/${workflow.id}/run`, {
			workflowData: workflow,
			triggerToStartFrom: { name: triggerName },
		});
	}

	/** All executions of a workflow, newest first. */
	async executions(workflowId: string): Promise<ExecutionSummary[]> {
		const all = new Map<string, ExecutionSummary>();
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		let from = '';
		for (;;) {
			const { results, nextCursor } = await this.rest<{
				results: ExecutionSummary[];
				nextCursor?: string | null;
			}>('GET', `/executions?filter=${filter}&limit=100${from}`);
			const known = all.size;
			for (const execution of results) all.set(execution.id, execution);
			// Since n8n 2.41 the answer tells where to go on; before, it was behind the last one.
			if (nextCursor === null || all.size === known) return [...all.values()];
			from =
				nextCursor === undefined
					? `&lastId=${results.at(-1)?.id ?? ''}`
					: `&cursor=${encodeURIComponent(nextCursor)}`;
		}
	}

	/** Starts a workflow from its manual trigger and gives back the execution's id. */
	async startWorkflow(workflow: StoredWorkflow, triggerName?: string): Promise<string> {
		const name = triggerName ?? manualTrigger(workflow).name;
		const { executionId } = await this.rest<{ executionId: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name } },
		);
		return executionId;
	}

	/** Runs a workflow from its manual trigger and waits for the end, good or bad. */
	async runWorkflow(
		workflow: StoredWorkflow,
		options: { timeoutMs?: number; triggerName?: string } = {},
	): Promise<Execution> {
		const id = await this.startWorkflow(workflow, options.triggerName);
		return await this.waitForExecution(id, options.timeoutMs);
	}

	/** Waits for an execution to end. */
	async waitForExecution(id: string, timeoutMs = 300_000): Promise<Execution> {
		const deadline = Date.now() + timeoutMs;
		let endedAt: number | undefined;
		for (;;) {
			const execution = await this.getExecution(id);
			if (execution.ended) {
				// n8n 1 tells how an execution has ended a moment before it tells the rest.
				endedAt ??= Date.now();
				const { status, error, nodes } = execution;
				const isWhole = status === 'error' ? error !== undefined : nodes.length > 0;
				if (isWhole || Date.now() - endedAt > WHOLE_MS) return execution;
			}
			if (Date.now() > deadline) {
				throw new Error(`Execution ${id} is "${execution.status}" after ${timeoutMs} ms.`);
			}
			await pause(POLL_MS);
		}
	}

	/** What is known of an execution now. */
	async getExecution(id: string): Promise<Execution> {
		return new Execution(await this.rest<ExecutionRecord>('GET', `/executions/${id}`));
	}

	/** Stops an execution, as the editor's stop button does. */
	async cancelExecution(id: string): Promise<void> {
		await this.rest('POST', `/executions/${id}/stop`);
	}

	/** Retries a failed execution from the node that failed, as the Retry button does, and waits for the end. */
	async retryExecution(id: string): Promise<Execution> {
		await this.rest('POST', `/executions/${id}/retry`, { loadWorkflow: false });
		// n8n answers when the retry has ended, but does not say its id.
		const { results } = await this.rest<{ results: Array<{ id: string }> }>('GET', '/executions');
		return await this.waitForExecution(results[0]?.id ?? id);
	}

	private async dataTables(): Promise<string> {
		const { id } = await this.rest<{ id: string }>('GET', '/projects/personal');
		return `/projects/${id}/data-tables`;
	}

	private keepSession(cookies: string[]): void {
		const session = cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ');
		this.http.defaults.headers.common.Cookie = session;
	}

	private async rest<T>(method: string, path: string, data?: object): Promise<T> {
		const { data: answer } = await this.request<{ data: T }>({ method, url: `/rest${path}`, data });
		return answer;
	}

	private async request<T>(config: AxiosRequestConfig): Promise<T> {
		const call = `${config.method ?? 'GET'} ${config.url ?? ''}`;
		const { status, data } = await this.http.request<T>(config).catch((error: unknown) => {
			// Not the whole error of axios: it would show the session.
			const reason = error instanceof Error ? error.message : String(error);
			throw new Error(`n8n did not answer ${call}: ${reason}`);
		});
		if (status < 300) return data;
		const { message } = (data ?? {}) as { message?: Json };
		const reason = typeof message === 'string' ? `: ${message}` : '';
		throw new Error(`n8n answered ${call} with ${status}${reason}`);
	}
}

function manualTrigger(workflow: WorkflowData): WorkflowNode {
	const trigger = workflow.nodes.find(({ type }) => type === 'n8n-nodes-base.manualTrigger');
	if (!trigger) throw new Error(`Workflow "${workflow.name}" has no manual trigger.`);
	return trigger;
}
