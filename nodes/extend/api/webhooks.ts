import { ExtendClient } from '../client/client';
import type { Call, CallResult } from '../client/client';
import type { ResourceType } from './events';
import type { CallFailure } from '../failures/failure';
import { isSameAddress } from '../access/publicAddress';
import { API_VERSION } from '../access/regions';
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

/** All endpoints at this address, however Extend writes it, and on whatever page of the list they are. */
export async function findEndpoints(
	client: ExtendClient,
	url: string,
): Promise<CallResult<WebhookEndpoint[]>> {
	const listed = await client.list<WebhookEndpoint>(ENDPOINTS, {});
	return listed.ok
		? { ok: true, body: listed.body.filter((endpoint) => isSameAddress(endpoint.url, url)) }
		: listed;
}

/** One endpoint by its id. */
export async function getEndpoint(
	client: ExtendClient,
	id: string,
): Promise<CallResult<WebhookEndpoint>> {
	return await client.attempt(ExtendClient.getOne(ENDPOINTS, id));
}

/** Longest name that Extend takes (its CLI, `test/integration/helpers_test.go`). */
export const LONGEST_NAME = 100;

/** A name of characters that no part of Extend refuses: letters, digits, spaces and hyphens. */
export function plainName(name: string): string {
	const plain = name
		.normalize('NFKD')
		.replace(/\p{M}/gu, '')
		.replace(/[^A-Za-z0-9 -]+/g, ' ')
		.replace(/ +/g, ' ')
		.trim();
	return plain.slice(0, LONGEST_NAME).trim() || 'n8n';
}

function isNameRefused({ status, message }: CallFailure): boolean {
	return (status === 400 || status === 422) && /\bname\b/i.test(message);
}

/** Says something about an endpoint; if Extend does not like its name, once more under a plain one. */
async function say(
	client: ExtendClient,
	path: string,
	{ name, ...more }: { name: string },
	repeatable: Call['repeatable'],
): Promise<CallResult<WebhookEndpoint>> {
	const said = await client.attempt<WebhookEndpoint>(write(path, { ...more, name }, repeatable));
	if (said.ok || !isNameRefused(said.failure)) return said;
	return await client.attempt(write(path, { ...more, name: plainName(name) }, repeatable));
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
	return await say(client, ENDPOINTS, body, 'once');
}

/** Gives an endpoint its settings again and enables it. */
export async function updateEndpoint(
	client: ExtendClient,
	id: string,
	settings: EndpointSettings,
): Promise<CallResult<WebhookEndpoint>> {
	const { name, enabledEvents } = settings;
	const body = { name, enabledEvents, status: 'enabled', advancedOptions: optionsOf(settings) };
	return await say(client, pathOf(id), body, 'repeat');
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
): Promise<CallResult<WebhookSubscription>> {
	const { resourceType, resourceId, enabledEvents } = settings;
	const body = { webhookEndpointId: endpointId, resourceType, resourceId, enabledEvents };
	return await client.attempt(write(SUBSCRIPTIONS, body, 'repeat'));
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
