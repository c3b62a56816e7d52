import type { Backend } from '../../world/backend';
import { notFound } from '../errors';
import type { Call } from '../exchange';
import { newId } from '../../world/ids';
import { PROCESSORS } from '../../world/processors';
import { listOfAt, objectAt, oneOfAt, onlyKeys, textAt } from '../validation';
import { subscriptionAnswer, type SubscriptionRecord } from '../../webhooks/webhookEndpoints';
import { RESOURCE_EVENTS, type ResourceType } from '../../webhooks/webhookEvents';
import type { Workspace } from '../../world/workspace';
import { listRecords, textOf } from './listing';
import type { Registrar } from './registrar';

const RESOURCE_TYPES: readonly ResourceType[] = ['extractor', 'classifier', 'splitter', 'workflow'];

/** `/webhook_subscriptions` (Extend SDK, `webhookSubscriptions`). Bodies are strict. */
export function webhookSubscriptionRoutes(api: Registrar, backend: Backend): void {
	api.on('POST', '/webhook_subscriptions', (call) => {
		const body = objectAt('', call.request.body);
		onlyKeys('', body, ['webhookEndpointId', 'resourceType', 'resourceId', 'enabledEvents']);
		const wanted = {
			webhookEndpointId: textAt('webhookEndpointId', body.webhookEndpointId),
			resourceType: oneOfAt('resourceType', body.resourceType, RESOURCE_TYPES),
			resourceId: textAt('resourceId', body.resourceId),
		};
		const enabledEvents = eventsAt(body.enabledEvents, wanted.resourceType);
		requireBoth(call.workspace, wanted);
		return subscriptionAnswer(upsert(backend, call.workspace, { ...wanted, enabledEvents }));
	});

	api.on('GET', '/webhook_subscriptions', (call) => {
		const endpointId = textOf(call, 'webhookEndpointId');
		const resourceId = textOf(call, 'resourceId');
		const subscriptions = [...call.workspace.subscriptions.values()].filter(
			(subscription) =>
				(endpointId === undefined || subscription.webhookEndpointId === endpointId) &&
				(resourceId === undefined || subscription.resourceId === resourceId),
		);
		return listRecords(backend, call, subscriptions, subscriptionAnswer, {
			filters: [endpointId, resourceId],
		});
	});

	api.on('GET', '/webhook_subscriptions/:id', (call) => subscriptionAnswer(subscriptionOf(call)));

	api.on('POST', '/webhook_subscriptions/:id', (call) => {
		const subscription = subscriptionOf(call);
		const body = objectAt('', call.request.body);
		onlyKeys('', body, ['enabledEvents']);
		subscription.enabledEvents = eventsAt(body.enabledEvents, subscription.resourceType);
		return subscriptionAnswer(subscription);
	});

	api.on('DELETE', '/webhook_subscriptions/:id', (call) => {
		const { id } = subscriptionOf(call);
		call.workspace.subscriptions.delete(id);
		return { id };
	});
}

type Wanted = Pick<SubscriptionRecord, 'webhookEndpointId' | 'resourceType' | 'resourceId'>;

/** An endpoint has at most one subscription for a resource: a second one replaces its events. */
function upsert(
	backend: Backend,
	workspace: Workspace,
	wanted: Wanted & Pick<SubscriptionRecord, 'enabledEvents'>,
): SubscriptionRecord {
	for (const existing of workspace.subscriptions.values()) {
		if (
			existing.webhookEndpointId === wanted.webhookEndpointId &&
			existing.resourceId === wanted.resourceId
		) {
			existing.enabledEvents = wanted.enabledEvents;
			return existing;
		}
	}
	const subscription: SubscriptionRecord = {
		seq: backend.nextSeq(),
		id: newId('whes'),
		createdAt: backend.clock.extendNow(),
		...wanted,
	};
	workspace.subscriptions.set(subscription.id, subscription);
	return subscription;
}

function requireBoth(workspace: Workspace, wanted: Wanted): void {
	const { webhookEndpointId, resourceType, resourceId } = wanted;
	if (!workspace.endpoints.has(webhookEndpointId)) {
		throw notFound('Webhook endpoint', webhookEndpointId);
	}
	const exists =
		resourceType === 'workflow'
			? workspace.workflows.has(resourceId)
			: PROCESSORS[resourceType].some(({ id }) => id === resourceId);
	if (!exists) throw notFound(resourceType, resourceId);
}

function eventsAt(value: unknown, resourceType: ResourceType): string[] {
	return listOfAt('enabledEvents', value, RESOURCE_EVENTS[resourceType], 1);
}

function subscriptionOf(call: Call): SubscriptionRecord {
	const id = call.param('id');
	const subscription = call.workspace.subscriptions.get(id);
	if (subscription) return subscription;
	throw notFound('Webhook subscription', id);
}
