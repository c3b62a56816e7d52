import type { Extend } from 'extend-ai';

import { API_VERSION } from '../http/access';
import { timestamp } from '../world/timestamps';
import type { ResourceType } from './webhookEvents';

/** How large payloads travel: inline, or as a link above a size (Extend SDK, `WebhookPayloadOptions`). */
export interface PayloadOptions {
	format: 'json' | 'url';
	urlThresholdBytes?: number;
}

/** Options of an endpoint (Extend SDK, `WebhookAdvancedOptions`). */
export interface AdvancedOptions {
	headers?: Record<string, string>;
	payload?: PayloadOptions;
}

/** A webhook endpoint. */
export interface EndpointRecord {
	readonly seq: number;
	readonly id: string;
	url: string;
	name: string;
	status: 'enabled' | 'disabled';
	enabledEvents: string[];
	advancedOptions: AdvancedOptions | null;
	readonly signingSecret: string;
	/** Milliseconds since 1970, by Extend's clock. */
	readonly createdAt: number;
}

/** A subscription of an endpoint to the events of one resource. */
export interface SubscriptionRecord {
	readonly seq: number;
	readonly id: string;
	readonly webhookEndpointId: string;
	readonly resourceType: ResourceType;
	readonly resourceId: string;
	enabledEvents: string[];
	/** Milliseconds since 1970, by Extend's clock. */
	readonly createdAt: number;
}

/** An endpoint as the API shows it: without its secret (Extend SDK, `WebhookEndpoint`). */
export function endpointAnswer(endpoint: EndpointRecord): Extend.WebhookEndpoint {
	return {
		object: 'webhook_endpoint',
		id: endpoint.id,
		url: endpoint.url,
		name: endpoint.name,
		status: endpoint.status,
		enabledEvents: endpoint.enabledEvents,
		apiVersion: API_VERSION,
		advancedOptions: endpoint.advancedOptions,
		createdAt: timestamp(endpoint.createdAt),
		createdBy: { type: 'api_key', name: 'simulator' },
	};
}

/** A subscription as the API shows it (Extend SDK, `WebhookSubscription`). */
export function subscriptionAnswer(record: SubscriptionRecord): Extend.WebhookSubscription {
	const { id, webhookEndpointId, resourceType, resourceId } = record;
	return {
		object: 'webhook_subscription',
		id,
		webhookEndpointId,
		resourceType,
		resourceId,
		enabledEvents: record.enabledEvents,
		createdAt: timestamp(record.createdAt),
	};
}
