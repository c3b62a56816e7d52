import type { Backend } from '../world/backend';
import { eventSample, type EventSample } from './eventSamples';
import { isObject } from '../http/json';

/** A webhook event to send although no call of the API causes it. */
export interface EventToEmit {
	/** Such as `extract_run.processed`. */
	eventType: string;
	/** The resource whose subscriptions hear of it; default: the one the sample payload is about. */
	resourceId?: string;
	/** Default: a sample that fits the type. */
	payload?: unknown;
}

/** Sends an event to the endpoints of the main workspace that want it. Gives its id. */
export function emit(backend: Backend, event: EventToEmit): string {
	const sample: EventSample =
		event.payload === undefined ? eventSample(backend, event.eventType) : event;
	const { payload } = sample;
	const subjectId = isObject(payload) && typeof payload.id === 'string' ? payload.id : '';
	return backend.webhooks.publish(backend.main, {
		eventType: event.eventType,
		subjectId,
		resourceId: event.resourceId ?? sample.resourceId,
		payload: () => payload,
	});
}
