import type { WebhookEndpoint, WebhookSubscription } from '../../extend/api/types';
import type { EndpointSettings, SubscriptionSettings } from '../../extend/api/webhooks';

function sameEvents(one: readonly string[] | null | undefined, other: readonly string[]): boolean {
	const set = new Set(one ?? []);
	return set.size === new Set(other).size && other.every((event) => set.has(event));
}

/** Whether an endpoint is enabled and has these settings, apart from its name. */
export function hasSettings(endpoint: WebhookEndpoint, settings: EndpointSettings): boolean {
	const payload = endpoint.advancedOptions?.payload;
	return (
		endpoint.status !== 'disabled' &&
		sameEvents(endpoint.enabledEvents, settings.enabledEvents) &&
		payload?.format === 'url' &&
		payload.urlThresholdBytes === settings.largePayloadBytes
	);
}

/** Whether a subscription is there with exactly the wanted events. */
export function isAmong(wanted: SubscriptionSettings, existing: WebhookSubscription[]): boolean {
	return existing.some(
		({ resourceId, enabledEvents }) =>
			resourceId === wanted.resourceId && sameEvents(enabledEvents, wanted.enabledEvents),
	);
}
