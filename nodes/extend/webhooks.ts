import { ExtendClient } from './client';
import type { Call, CallResult } from './client';
import type { ResourceType } from './events';
import { API_VERSION } from './regions';
import type { WebhookEndpoint, WebhookSubscription } from './types';

/** What can be said of an endpoint when it is created or changed. */
export interface EndpointSettings {
	url: string;
	name: string;
	/** Events that do not need a subscription. */
	enabledEvents: string[];
	/** Payloads with more bytes are sent as a link. */
	largePayloadBytes: number;
}

/** Which events of one resource an endpoint gets. */
export interface SubscriptionSettings {
	resourceType: ResourceType;
	resourceId: string;
	enabledEvents: string[];
}

const ENDPOINTS = '/webhook_endpoints';
const SUBSCRIPTIONS = '/webhook_subscriptions';

function pathOf(id: string): string {
	return `${ENDPOINTS}/${encodeURIComponent(id)}`;
}

function write(path: string, body: object | undefined, repeatable: Call['repeatable']): Call {
	return {
		category: 'WRITE',
		method: body === undefined ? 'DELETE' : 'POST',
		path,
		...(body === undefined ? {} : { body: async () => body }),
		repeatable,
	};
}

function optionsOf({ largePayloadBytes }: EndpointSettings): object {
	return { payload: { format: 'url', urlThresholdBytes: largePayloadBytes } };
}

/** All endpoints with exactly this URL, on whatever page of the list they are. */
export async function findEndpoints(
	client: ExtendClient,
	url: string,
): Promise<CallResult<WebhookEndpoint[]>> {
	const listed = await client.list<WebhookEndpoint>(ENDPOINTS, {});
	return listed.ok
		? { ok: true, body: listed.body.filter((endpoint) => endpoint.url === url) }
		: listed;
}

/** One endpoint by its id. */
export async function getEndpoint(
	client: ExtendClient,
	id: string,
	limits: Pick<Call, 'isWanted' | 'timeoutMs'> = {},
): Promise<CallResult<WebhookEndpoint>> {
	return await client.attempt({ ...ExtendClient.get(pathOf(id)), ...limits });
}

/** Creates an endpoint. Sent once only, because a second one would go unnoticed. */
export async function createEndpoint(
	client: ExtendClient,
	settings: EndpointSettings,
): Promise<CallResult<WebhookEndpoint>> {
	const { url, name, enabledEvents } = settings;
	const body = {
		url,
		name,
		enabledEvents,
		apiVersion: API_VERSION,
		advancedOptions: optionsOf(settings),
	};
	return await client.attempt(write(ENDPOINTS, body, 'once'));
}

/** Gives an endpoint its settings again and enables it. */
export async function updateEndpoint(
	client: ExtendClient,
	id: string,
	settings: EndpointSettings,
): Promise<CallResult<WebhookEndpoint>> {
	const { name, enabledEvents } = settings;
	const body = { name, enabledEvents, status: 'enabled', advancedOptions: optionsOf(settings) };
	return await client.attempt(write(pathOf(id), body, 'repeat'));
}

/** Removes an endpoint and with it its subscriptions. That it is gone already is as good. */
export async function deleteEndpoint(
	client: ExtendClient,
	id: string,
): Promise<CallResult<unknown>> {
	const result = await client.attempt(write(pathOf(id), undefined, 'repeat'));
	return !result.ok && result.failure.status === 404 ? { ok: true, body: undefined } : result;
}

/** All subscriptions of an endpoint. */
export async function listSubscriptions(
	client: ExtendClient,
	endpointId: string,
): Promise<CallResult<WebhookSubscription[]>> {
	return await client.list(SUBSCRIPTIONS, { webhookEndpointId: endpointId });
}

/** Subscribes an endpoint to a resource; an existing subscription to it gets these events instead. */
export async function subscribe(
	client: ExtendClient,
	endpointId: string,
	settings: SubscriptionSettings,
	limits: Pick<Call, 'isWanted' | 'timeoutMs'> = {},
): Promise<CallResult<WebhookSubscription>> {
	const { resourceType, resourceId, enabledEvents } = settings;
	const body = { webhookEndpointId: endpointId, resourceType, resourceId, enabledEvents };
	return await client.attempt({ ...write(SUBSCRIPTIONS, body, 'repeat'), ...limits });
}

/** Removes a subscription. That it is gone already is as good. */
export async function unsubscribe(
	client: ExtendClient,
	subscriptionId: string,
): Promise<CallResult<unknown>> {
	const path = `${SUBSCRIPTIONS}/${encodeURIComponent(subscriptionId)}`;
	const result = await client.attempt(write(path, undefined, 'repeat'));
	return !result.ok && result.failure.status === 404 ? { ok: true, body: undefined } : result;
}
