/** What the suites of Extend Trigger share: a played trigger against a simulator, and hand-made deliveries. */
import type { INodeParameters } from 'n8n-workflow';
import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendTrigger } from '../../../nodes/ExtendTrigger/ExtendTrigger.node';
import { playTrigger, type PlayedTrigger, type TriggerOptions } from '../../harness/engine';
import { API_VERSION, TOKENS, type Simulator } from '../../simulator';
import { credentialsFor } from '../batchRun/batchRun';

/** Single documents, whole; what a node does by default is finished batches, simplified. */
const EACH_DOCUMENT = { events: ['workflow_run.completed', 'workflow_run.failed'], output: 'full' };

/** An Extend Trigger with the credential of a simulator, for single documents unless told otherwise. */
export async function openTrigger(
	simulator: Pick<Simulator, 'url'>,
	parameters: INodeParameters = {},
	more: Partial<TriggerOptions> = {},
): Promise<PlayedTrigger> {
	return await playTrigger({
		node: new ExtendTrigger(),
		parameters: { ...EACH_DOCUMENT, ...parameters },
		credentials: credentialsFor(simulator),
		credentialTypes: [new ExtendApi()],
		...more,
	});
}

/**
 * Lets the tests of a suite publish triggers, each of which is unpublished when its test is over.
 * @param simulator gives the one to register with
 * @param defaults parameters that all of them have, unless a test says otherwise
 */
export function usePublishedTriggers(
	simulator: () => Pick<Simulator, 'url'>,
	defaults: INodeParameters = {},
): typeof publish {
	const opened: PlayedTrigger[] = [];
	afterEach(async () => {
		for (const trigger of opened.splice(0)) {
			await trigger.delete();
			await trigger.close();
		}
	});
	async function publish(
		parameters: INodeParameters = {},
		more: Partial<TriggerOptions> = {},
	): Promise<PlayedTrigger> {
		const trigger = await openTrigger(simulator(), { ...defaults, ...parameters }, more);
		opened.push(trigger);
		await trigger.publish();
		return trigger;
	}
	return publish;
}

/** A call of the API by somebody else. */
export async function callExtend<T>(
	simulator: Pick<Simulator, 'url'>,
	method: string,
	path: string,
	body?: unknown,
): Promise<T> {
	const answer = await fetch(`${simulator.url}${path}`, {
		method,
		headers: {
			authorization: `Bearer ${TOKENS.workspace}`,
			'x-extend-api-version': API_VERSION,
			...(body === undefined ? {} : { 'content-type': 'application/json' }),
		},
		...(body === undefined ? {} : { body: JSON.stringify(body) }),
	});
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return (await answer.json()) as T;
}

/** An endpoint as the simulator shows it. */
export interface Endpoint {
	id: string;
	url: string;
	name: string;
	status: string;
	enabledEvents: string[];
	apiVersion: string;
	advancedOptions: { payload: { format: string; urlThresholdBytes: number } } | null;
	signingSecret?: string;
}

/** A subscription as the simulator shows it. */
export interface Subscription {
	id: string;
	webhookEndpointId: string;
	resourceType: string;
	resourceId: string;
	enabledEvents: string[];
}

async function listAll<T>(simulator: Pick<Simulator, 'url'>, path: string): Promise<T[]> {
	const all: T[] = [];
	let token: string | undefined;
	do {
		const query = `maxPageSize=1000&sortDir=asc${token ? `&nextPageToken=${encodeURIComponent(token)}` : ''}`;
		const page = await callExtend<{ data: T[]; nextPageToken?: string }>(
			simulator,
			'GET',
			`${path}?${query}`,
		);
		all.push(...page.data);
		token = page.nextPageToken;
	} while (token);
	return all;
}

/** All endpoints, oldest first. */
export async function endpointsOf(simulator: Pick<Simulator, 'url'>): Promise<Endpoint[]> {
	return await listAll(simulator, '/webhook_endpoints');
}

/** All subscriptions, oldest first. */
export async function subscriptionsOf(simulator: Pick<Simulator, 'url'>): Promise<Subscription[]> {
	return await listAll(simulator, '/webhook_subscriptions');
}

/** Starts a batch of `count` runs with the reference of this package, and gives its id. */
export async function submitBatch(
	simulator: Pick<Simulator, 'url'> & Pick<Simulator, 'workflow'>,
	count: number,
	metadata: (index: number) => object = () => ({}),
	reference = true,
): Promise<string> {
	const inputs = Array.from({ length: count }, (_, item) => ({
		file: { url: `https://files.example.com/invoice-${item}.pdf` },
		metadata: {
			...metadata(item),
			...(reference
				? { n8n: { submission: 's', item, of: count, workflow: 'w', execution: 'e' } }
				: {}),
		},
	}));
	const { batchId } = await callExtend<{ batchId: string }>(
		simulator,
		'POST',
		'/workflow_runs/batch',
		{ workflow: { id: simulator.workflow('Invoice Processing').id }, inputs },
	);
	return batchId;
}

/** How a delivery differs from a right one. */
export interface Deviations {
	/** Default: the one that the trigger has. */
	secret?: string;
	/** Seconds since 1970. */
	timestamp?: number;
	/** Changes the headers before they are sent. */
	headers?: (headers: Record<string, string>) => Record<string, string>;
	/** What is sent in place of what was signed. */
	sentBody?: string | FormData;
	/** Breaks the connection after so long, as one who has waited enough. */
	giveUpAfterMs?: number;
}

/** Delivers an event as Extend would, or not quite. Gives the status of the answer. */
export async function deliver(
	trigger: Pick<PlayedTrigger, 'url' | 'staticData'>,
	event: unknown,
	deviations: Deviations = {},
): Promise<number> {
	const stored = trigger.staticData.registration as { signingSecret: string } | undefined;
	const { secret = stored?.signingSecret ?? 'wss_none' } = deviations;
	const body = typeof event === 'string' ? event : JSON.stringify(event);
	const timestamp = String(deviations.timestamp ?? Math.floor(Date.now() / 1000));
	const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex');
	const headers = {
		'content-type': 'application/json',
		'x-extend-request-timestamp': timestamp,
		'x-extend-request-signature': signature,
	};
	const answer = await fetch(trigger.url, {
		method: 'POST',
		headers: deviations.headers?.(headers) ?? headers,
		body: deviations.sentBody ?? body,
		...(deviations.giveUpAfterMs === undefined
			? {}
			: { signal: AbortSignal.timeout(deviations.giveUpAfterMs) }),
	});
	await answer.arrayBuffer();
	return answer.status;
}

/** Waits until something holds. */
export async function until(holds: () => boolean, what: string, timeoutMs = 50_000): Promise<void> {
	const deadline = Date.now() + timeoutMs;
	while (!holds()) {
		if (Date.now() > deadline) throw new Error(`Waited in vain until ${what}`);
		await pause(20);
	}
}
