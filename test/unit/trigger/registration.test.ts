/** What makes an endpoint and its subscriptions right, and how they are named and remembered. */
import type { IDataObject } from 'n8n-workflow';

import { plainName } from '../../../nodes/extend/api/webhooks';
import type { WebhookEndpoint, WebhookSubscription } from '../../../nodes/extend/api/types';
import { hasSettings, isAmong } from '../../../nodes/ExtendTrigger/registration/comparison';
import { endpointName } from '../../../nodes/ExtendTrigger/registration/endpointName';
import { readRegistration } from '../../../nodes/ExtendTrigger/registration/storedRegistration';

describe('an endpoint', () => {
	const settings = {
		url: 'https://n8n.example.com/webhook',
		name: 'n8n: Invoices - Extend Trigger',
		enabledEvents: ['workflow.created', 'parse_run.failed'],
		largePayloadBytes: 5_000,
	};
	const payload = { format: 'url', urlThresholdBytes: 5_000 };
	const right = {
		status: 'enabled',
		enabledEvents: ['parse_run.failed', 'workflow.created'],
		advancedOptions: { payload },
	};

	test.each<[string, object, boolean]>([
		['is right', {}, true],
		['may have another name and state', { name: 'Mine', status: undefined }, true],
		['is disabled', { status: 'disabled' }, false],
		['has one event too few', { enabledEvents: ['parse_run.failed'] }, false],
		['has one too many', { enabledEvents: [...right.enabledEvents, 'workflow.deleted'] }, false],
		['has another one', { enabledEvents: ['parse_run.failed', 'workflow.deleted'] }, false],
		['has one twice', { enabledEvents: [...right.enabledEvents, 'workflow.created'] }, true],
		['has none', { enabledEvents: null }, false],
		['has no options', { advancedOptions: null }, false],
		['has no payload options', { advancedOptions: {} }, false],
		[
			'sends large payloads inline',
			{ advancedOptions: { payload: { ...payload, format: 'json' } } },
			false,
		],
		[
			'has another bound',
			{ advancedOptions: { payload: { ...payload, urlThresholdBytes: 5_001 } } },
			false,
		],
	])('%s', (_what, more, expected) => {
		const endpoint = { ...right, ...more } as unknown as WebhookEndpoint;
		expect(hasSettings(endpoint, settings)).toBe(expected);
	});

	test('without events of its own is right with none', () => {
		const endpoint = { ...right, enabledEvents: null } as unknown as WebhookEndpoint;
		expect(hasSettings(endpoint, { ...settings, enabledEvents: [] })).toBe(true);
	});
});

test('a subscription is there only with exactly its events', () => {
	const existing = [
		{ resourceId: 'workflow_a', enabledEvents: ['workflow_run.completed'] },
		{ resourceId: 'workflow_b', enabledEvents: ['workflow_run.failed', 'workflow_run.completed'] },
	] as WebhookSubscription[];
	const isThere = (resourceId: string, ...enabledEvents: string[]) =>
		isAmong({ resourceType: 'workflow', resourceId, enabledEvents }, existing);
	expect(isThere('workflow_a', 'workflow_run.completed')).toBe(true);
	expect(isThere('workflow_b', 'workflow_run.completed', 'workflow_run.failed')).toBe(true);
	expect(isThere('workflow_b', 'workflow_run.completed')).toBe(false);
	expect(isThere('workflow_a', 'workflow_run.completed', 'workflow_run.failed')).toBe(false);
	expect(isThere('workflow_c', 'workflow_run.completed')).toBe(false);
});

describe('the name of an endpoint', () => {
	test.each([
		['  Invoices ', ' On\tdocument\u0000 ', 'n8n: Invoices - On document'],
		['A//B\\\\C', 'a / b', 'n8n: A-B-C - a - b'],
		['x'.repeat(200), 'y', `n8n: ${'x'.repeat(91)} - y`],
		['Invoices', 'y'.repeat(41), `n8n: Invoices - ${'y'.repeat(40)}`],
		['Invoices', `${'y'.repeat(39)} z`, `n8n: Invoices - ${'y'.repeat(39)}`],
		['x'.repeat(200), 'y'.repeat(200), `n8n: ${'x'.repeat(52)} - ${'y'.repeat(40)}`],
	])('%j and %j give %j', (workflow, node, name) => {
		expect(endpointName(workflow, node)).toBe(name);
	});

	test('in plain letters keeps letters, digits, spaces and hyphens, each space once', () => {
		expect(plainName('  n8n: Ångström-7 (No. 3)  ')).toBe('n8n Angstrom-7 No 3');
		expect(plainName('ﬁle ½')).toBe('file 1 2');
		expect(plainName(`${'x'.repeat(99)} y`)).toBe('x'.repeat(99));
	});
});

test.each<[string, IDataObject, object | undefined]>([
	['nothing', {}, undefined],
	[
		'all',
		{ registration: { endpointId: 'wh_1', signingSecret: 'wss_1', more: 1 } },
		{ endpointId: 'wh_1', signingSecret: 'wss_1' },
	],
	['no secret', { registration: { endpointId: 'wh_1' } }, undefined],
	['an empty secret', { registration: { endpointId: 'wh_1', signingSecret: '' } }, undefined],
	['no id', { registration: { signingSecret: 'wss_1' } }, undefined],
	['an empty id', { registration: { endpointId: '', signingSecret: 'wss_1' } }, undefined],
	['numbers', { registration: { endpointId: 1, signingSecret: 2 } }, undefined],
])('of a registration that was stored with %s, %j is %j', (_what, staticData, expected) => {
	expect(readRegistration(staticData)).toEqual(expected);
});
