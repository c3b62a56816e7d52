import { API_VERSION } from '../access';
import type { Backend } from '../../world/backend';
import { notFound } from '../errors';
import type { Call } from '../exchange';
import { newId } from '../../world/ids';
import type { SimulatorSettings } from '../../world/settings';
import {
	listOfAt,
	objectAt,
	oneOfAt,
	onlyKeys,
	optionalIntegerAt,
	textAt,
	urlAt,
	Violation,
} from '../validation';
import {
	endpointAnswer,
	type AdvancedOptions,
	type EndpointRecord,
} from '../../webhooks/webhookEndpoints';
import { GLOBAL_EVENTS } from '../../webhooks/webhookEvents';
import { listRecords, optionOf } from './listing';
import type { Registrar } from './registrar';

const STATUSES = ['enabled', 'disabled'] as const;
const FORMATS = ['json', 'url'] as const;
const UPDATABLE = ['url', 'name', 'status', 'enabledEvents', 'advancedOptions'];
const MAX_NAME_LENGTH = 100;
const PLAIN_NAME = /^[A-Za-z0-9 -]+$/;

/** What a body can set of an endpoint. */
type EndpointChanges = Partial<
	Pick<EndpointRecord, 'url' | 'name' | 'status' | 'enabledEvents' | 'advancedOptions'>
>;

/** `/webhook_endpoints` (Extend SDK, `webhookEndpoints`). Bodies are strict. */
export function webhookEndpointRoutes(api: Registrar, backend: Backend): void {
	api.on('POST', '/webhook_endpoints', (call) => {
		const body = objectAt('', call.request.body);
		onlyKeys('', body, [...UPDATABLE, 'apiVersion']);
		oneOfAt('apiVersion', body.apiVersion, [API_VERSION]);
		const endpoint: EndpointRecord = {
			seq: backend.nextSeq(),
			id: newId('wh'),
			status: 'enabled',
			advancedOptions: null,
			signingSecret: newId('wss'),
			createdAt: backend.clock.extendNow(),
			...changesOf(body, backend.settings),
			url: endpointUrlAt(body.url, backend.settings),
			name: nameAt(body.name, backend.settings),
			enabledEvents: listOfAt('enabledEvents', body.enabledEvents, GLOBAL_EVENTS),
		};
		const { endpoints } = call.workspace;
		if (endpoints.size === 0) backend.webhooks.watchAll(call.workspace, backend.now());
		endpoints.set(endpoint.id, endpoint);
		return { ...endpointAnswer(endpoint), signingSecret: endpoint.signingSecret };
	});

	api.on('GET', '/webhook_endpoints', (call) => {
		const status = optionOf(call, 'status', STATUSES);
		const endpoints = [...call.workspace.endpoints.values()].filter(
			(endpoint) => status === undefined || endpoint.status === status,
		);
		return listRecords(backend, call, endpoints, endpointAnswer, { filters: status });
	});

	api.on('GET', '/webhook_endpoints/:id', (call) => endpointAnswer(endpointOf(call)));

	api.on('POST', '/webhook_endpoints/:id', (call) => {
		const endpoint = endpointOf(call);
		const body = objectAt('', call.request.body);
		onlyKeys('', body, UPDATABLE);
		Object.assign(endpoint, changesOf(body, backend.settings));
		return endpointAnswer(endpoint);
	});

	api.on('DELETE', '/webhook_endpoints/:id', (call) => {
		const { id } = endpointOf(call);
		const { endpoints, subscriptions } = call.workspace;
		endpoints.delete(id);
		for (const subscription of subscriptions.values()) {
			if (subscription.webhookEndpointId === id) subscriptions.delete(subscription.id);
		}
		return { id };
	});
}

function endpointOf(call: Call): EndpointRecord {
	const id = call.param('id');
	const endpoint = call.workspace.endpoints.get(id);
	if (endpoint) return endpoint;
	throw notFound('Webhook endpoint', id);
}

function changesOf(body: Record<string, unknown>, settings: SimulatorSettings): EndpointChanges {
	const { url, name, status, enabledEvents, advancedOptions } = body;
	return {
		...(url !== undefined && { url: endpointUrlAt(url, settings) }),
		...(name !== undefined && { name: nameAt(name, settings) }),
		...(status !== undefined && { status: oneOfAt('status', status, STATUSES) }),
		...(enabledEvents !== undefined && {
			enabledEvents: listOfAt('enabledEvents', enabledEvents, GLOBAL_EVENTS),
		}),
		...(advancedOptions !== undefined && { advancedOptions: optionsAt(advancedOptions) }),
	};
}

function nameAt(value: unknown, { endpointNames }: SimulatorSettings): string {
	const name = textAt('name', value);
	if (name.length > MAX_NAME_LENGTH) {
		throw new Violation('name', `String must contain at most ${MAX_NAME_LENGTH} character(s)`);
	}
	if (endpointNames === 'any' || PLAIN_NAME.test(name)) return name;
	throw new Violation('name', 'Name contains characters that are not allowed');
}

function endpointUrlAt(value: unknown, { endpointUrls }: SimulatorSettings): string {
	const url = urlAt('url', value);
	return endpointUrls === 'normalized' ? new URL(url).href : url;
}

function optionsAt(value: unknown): AdvancedOptions {
	const path = 'advancedOptions';
	const options = objectAt(path, value);
	onlyKeys(path, options, ['headers', 'payload']);
	return {
		...(options.headers !== undefined && { headers: headersAt(options.headers) }),
		...(options.payload !== undefined && { payload: payloadAt(options.payload) }),
	};
}

function headersAt(value: unknown): Record<string, string> {
	const path = 'advancedOptions.headers';
	const entries = Object.entries(objectAt(path, value));
	return Object.fromEntries(entries.map(([name, text]) => [name, textAt(`${path}.${name}`, text)]));
}

function payloadAt(value: unknown): AdvancedOptions['payload'] {
	const path = 'advancedOptions.payload';
	const payload = objectAt(path, value);
	onlyKeys(path, payload, ['format', 'urlThresholdBytes']);
	return {
		format: oneOfAt(`${path}.format`, payload.format, FORMATS),
		urlThresholdBytes: optionalIntegerAt(
			`${path}.urlThresholdBytes`,
			payload.urlThresholdBytes,
			0,
			Number.MAX_SAFE_INTEGER,
		),
	};
}
