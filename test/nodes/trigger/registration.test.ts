import type { INodeParameters } from 'n8n-workflow';

import { batchesOf } from '../../../nodes/ExtendTrigger/batches/registry';
import { takeOn } from '../../../nodes/ExtendTrigger/redeliveries';
import type { PlayedTrigger, TriggerOptions } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import type { Simulator } from '../../simulator';
import {
	callExtend,
	endpointsOf,
	openTrigger,
	subscriptionsOf,
	type Endpoint,
} from './playedTrigger';

let simulator: Simulator;
const opened: PlayedTrigger[] = [];

useSimulator({ endpointNames: 'any', endpointUrls: 'asGiven' }, (started) => {
	simulator = started;
});
afterEach(async () => {
	await Promise.all(
		opened.splice(0).map(async (trigger) => {
			await trigger.close();
		}),
	);
});

async function open(
	parameters: INodeParameters = {},
	more: Partial<TriggerOptions> = {},
): Promise<PlayedTrigger> {
	const trigger = await openTrigger(simulator, parameters, more);
	opened.push(trigger);
	return trigger;
}

async function addEndpoint(url: string, name = 'somebody else'): Promise<Endpoint> {
	return await callExtend(simulator, 'POST', '/webhook_endpoints', {
		url,
		name,
		enabledEvents: [],
		apiVersion: '2026-02-09',
	});
}

const selected = (): INodeParameters => ({
	workflowScope: 'selected',
	workflows: [simulator.workflow('Invoice Processing').id],
});

/** What must be there after publishing with `selected()`: one endpoint, one subscription, the others' things. */
async function expectRight(trigger: PlayedTrigger, events: string[], others: string[] = []) {
	const endpoints = (await endpointsOf(simulator)).filter(({ id }) => !others.includes(id));
	expect(endpoints).toHaveLength(1);
	const [endpoint] = endpoints;
	expect(endpoint).toMatchObject({
		url: trigger.url,
		status: 'enabled',
		enabledEvents: [],
		apiVersion: '2026-02-09',
	});
	expect(trigger.staticData).toEqual({
		registration: { endpointId: endpoint?.id, signingSecret: expect.stringMatching(/^wss_/) },
	});
	const subscriptions = (await subscriptionsOf(simulator)).filter(
		({ webhookEndpointId }) => !others.includes(webhookEndpointId),
	);
	expect(subscriptions).toMatchObject([
		{
			webhookEndpointId: endpoint?.id,
			resourceType: 'workflow',
			resourceId: simulator.workflow('Invoice Processing').id,
		},
	]);
	expect(new Set(subscriptions[0]?.enabledEvents)).toEqual(new Set(events));
	await expect(trigger.checkExists()).resolves.toBe(true);
}

const DEFAULT_EVENTS = ['workflow_run.completed', 'workflow_run.failed'];

describe('publishing', () => {
	it('creates one endpoint, named for a person, and one subscription per workflow', async () => {
		const trigger = await open(selected(), { workflowName: 'Invoices', name: 'On document' });
		await trigger.publish();
		await expectRight(trigger, DEFAULT_EVENTS);
		const [endpoint] = await endpointsOf(simulator);
		expect(endpoint?.name).toBe('n8n: Invoices - On document');
		expect(endpoint?.advancedOptions).toEqual({
			payload: { format: 'url', urlThresholdBytes: 1_000_000 },
		});
	});

	it('keeps the name at 100 characters or less', async () => {
		const trigger = await open(selected(), {
			workflowName: '😀'.repeat(200),
			name: 'A node with a name that is much too long for anybody to read it',
		});
		await trigger.publish();
		const [endpoint] = await endpointsOf(simulator);
		expect(endpoint?.name.length).toBeLessThanOrEqual(100);
		expect(endpoint?.name).toMatch(/^n8n: (😀)+ - A node with a name/);
	});

	it('has a plain name where Extend refuses another, also when it is mended', async () => {
		simulator.settings.endpointNames = 'strict';
		const trigger = await open(selected(), {
			workflowName: 'Größe/Maß: Büro_2 & Co. (paid)',
			name: 'On document #1',
		});
		const nameNow = async () => (await endpointsOf(simulator))[0]?.name;
		await trigger.publish();
		await expectRight(trigger, DEFAULT_EVENTS);
		expect(await nameNow()).toBe('n8n Gro e-Ma Buro 2 Co paid - On document 1');
		trigger.parameters = { ...selected(), events: ['workflow_run.rejected'] };
		await trigger.publish();
		await expectRight(trigger, ['workflow_run.rejected']);
	});

	it('has a plain name once only: what is refused for another reason is not sent again', async () => {
		const isCreation = { path: '/webhook_endpoints', method: 'POST' };
		const refused = async (message: string, status = 400) => {
			const fault = simulator.faults.add({ kind: 'refuse', status, message, on: isCreation });
			await expect((await open(selected())).create()).rejects.toThrow('could not be registered');
			simulator.faults.clear();
			return fault.struck;
		};
		expect(await refused('url: hostname is not allowed')).toBe(1);
		expect(await refused('No names left', 403)).toBe(1);
		expect(await refused('name: Invalid characters')).toBe(2);
		expect(await refused('Endpoint name must be unique', 422)).toBe(2);
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it('goes on when one of all workflows is deleted meanwhile', async () => {
		simulator.faults.add({
			kind: 'refuse',
			status: 404,
			nth: 2,
			on: { path: '/webhook_subscriptions', method: 'POST' },
		});
		const trigger = await open();
		await trigger.publish();
		expect(await subscriptionsOf(simulator)).toHaveLength(simulator.workflows.length - 1);
		expect(trigger.staticData).toHaveProperty('registration');
	});

	it('subscribes to all workflows there are, on any page, and to the creation of others', async () => {
		simulator.addWorkflows(40);
		const trigger = await open();
		await trigger.publish();
		const [endpoint] = await endpointsOf(simulator);
		expect(endpoint?.enabledEvents).toEqual(['workflow.created']);
		expect(await subscriptionsOf(simulator)).toHaveLength(simulator.workflows.length);
		await expect(trigger.checkExists()).resolves.toBe(true);
		simulator.addWorkflows(1);
		await expect(trigger.checkExists()).resolves.toBe(false);
		await trigger.create();
		expect(await subscriptionsOf(simulator)).toHaveLength(simulator.workflows.length);
		expect(await endpointsOf(simulator)).toMatchObject([{ id: endpoint?.id }]);
	});

	it('subscribes to single extractors, classifiers and splitters, each with the events it can send', async () => {
		const trigger = await open({
			events: [
				'extract_run.processed',
				'split_run.failed',
				'batch_processor_run.failed',
				'parse_run.failed',
			],
			resourceScope: 'selected',
			resources: ['extractor:ex_sim_invoice', 'spl_sim_mail'],
		});
		await trigger.publish();
		expect((await endpointsOf(simulator))[0]?.enabledEvents).toEqual(['parse_run.failed']);
		expect(await subscriptionsOf(simulator)).toMatchObject([
			{
				resourceType: 'extractor',
				resourceId: 'ex_sim_invoice',
				enabledEvents: ['extract_run.processed', 'batch_processor_run.failed'],
			},
			{
				resourceType: 'splitter',
				resourceId: 'spl_sim_mail',
				enabledEvents: ['split_run.failed', 'batch_processor_run.failed'],
			},
		]);
		await expect(trigger.checkExists()).resolves.toBe(true);
	});

	it('takes the events of all of them from the endpoint itself', async () => {
		const trigger = await open({ events: ['extract_run.processed', 'workflow.deployed'] });
		await trigger.publish();
		expect((await endpointsOf(simulator))[0]?.enabledEvents).toEqual([
			'extract_run.processed',
			'workflow.deployed',
		]);
		expect(await subscriptionsOf(simulator)).toEqual([]);
		await expect(trigger.checkExists()).resolves.toBe(true);
		const lists = simulator.ledger.requests.filter(({ path }) => path.startsWith('/workflows'));
		expect(lists).toEqual([]);
	});

	it('asks for all ends of runs, and for no event of its own, to know when a batch is finished', async () => {
		const trigger = await open({ ...selected(), events: ['batch.finished'] });
		await trigger.publish();
		await expectRight(trigger, [
			'workflow_run.completed',
			'workflow_run.failed',
			'workflow_run.rejected',
			'workflow_run.cancelled',
			'workflow_run.needs_review',
		]);
	});

	it('refuses choices of which nothing could come, and registers nothing', async () => {
		const bad: Array<[INodeParameters, RegExp]> = [
			[{ events: [] }, /“Events” is empty/],
			[{ workflowScope: 'selected', workflows: [] }, /“Workflow Names or IDs” is empty/],
			[
				{
					events: ['extract_run.failed'],
					resourceScope: 'selected',
					resources: ['classifier:cl_sim_document'],
				},
				/includes nothing that sends the event extract_run\.failed/,
			],
		];
		for (const [parameters, message] of bad) {
			await expect((await open(parameters)).publish()).rejects.toThrow(message);
		}
		expect(await endpointsOf(simulator)).toEqual([]);
	});
});

describe('mending', () => {
	it('says nothing of the subscriptions that are right', async () => {
		const workflows = ['Invoice Processing', 'Mail Splitting', 'Receipt Intake'].map(
			(name) => simulator.workflow(name).id,
		);
		const trigger = await open({ workflowScope: 'selected', workflows });
		await trigger.publish();
		const before = await subscriptionsOf(simulator);
		trigger.parameters = { ...trigger.parameters, workflows: workflows.slice(0, 2) };
		await expect(trigger.checkExists()).resolves.toBe(false);
		await callExtend(simulator, 'POST', `/webhook_subscriptions/${before[1]?.id}`, {
			enabledEvents: ['workflow_run.cancelled'],
		});
		const calls = () =>
			simulator.ledger.requests
				.filter(({ status, path }) => status < 300 && path.includes('subscriptions'))
				.filter(({ method }) => method !== 'GET')
				.map(({ method, path }) => `${method} ${path}`);
		const known = calls().length;
		await trigger.create();
		expect(calls().slice(known).sort()).toEqual([
			`DELETE /webhook_subscriptions/${before[2]?.id}`,
			'POST /webhook_subscriptions',
		]);
		await expect(trigger.checkExists()).resolves.toBe(true);
	});

	it('finds everything in order and does nothing', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const writes = () => simulator.ledger.requests.filter(({ category }) => category === 'WRITE');
		const before = writes().length;
		await trigger.publish();
		expect(writes()).toHaveLength(before);
	});

	it('puts right what is not, whatever it is, and leaves what is not its own', async () => {
		const damages: Record<
			string,
			(trigger: PlayedTrigger, endpoint: Endpoint) => Promise<unknown>
		> = {
			'the secret is lost': async (trigger) => (trigger.staticData = {}),
			'only the id is left': async (trigger, { id }) =>
				(trigger.staticData = { registration: { endpointId: id } }),
			'the endpoint is deleted': async (_trigger, { id }) =>
				await callExtend(simulator, 'DELETE', `/webhook_endpoints/${id}`),
			'the endpoint is disabled': async (_trigger, { id }) =>
				await callExtend(simulator, 'POST', `/webhook_endpoints/${id}`, { status: 'disabled' }),
			'the endpoint has other events': async (_trigger, { id }) =>
				await callExtend(simulator, 'POST', `/webhook_endpoints/${id}`, {
					enabledEvents: ['parse_run.failed'],
				}),
			'the endpoint sends large payloads inline': async (_trigger, { id }) =>
				await callExtend(simulator, 'POST', `/webhook_endpoints/${id}`, {
					advancedOptions: { payload: { format: 'json' } },
				}),
			'the endpoint has moved': async (_trigger, { id }) => {
				const url = 'https://n8n.example.com/webhook/moved/webhook';
				await callExtend(simulator, 'POST', `/webhook_endpoints/${id}`, { url });
				return id;
			},
			'the subscription is gone': async () => {
				const [subscription] = await subscriptionsOf(simulator);
				await callExtend(simulator, 'DELETE', `/webhook_subscriptions/${subscription?.id}`);
			},
			'the subscription has other events': async () => {
				const [subscription] = await subscriptionsOf(simulator);
				await callExtend(simulator, 'POST', `/webhook_subscriptions/${subscription?.id}`, {
					enabledEvents: ['workflow_run.cancelled'],
				});
			},
			'there is a subscription too many': async (_trigger, { id }) =>
				await callExtend(simulator, 'POST', '/webhook_subscriptions', {
					webhookEndpointId: id,
					resourceType: 'workflow',
					resourceId: simulator.workflow('Mail Splitting').id,
					enabledEvents: ['workflow_run.failed'],
				}),
			'a crash left another endpoint': async ({ url }) => await addEndpoint(url, 'left over'),
		};
		for (const [damage, inflict] of Object.entries(damages)) {
			simulator.reset();
			const trigger = await open(selected());
			await trigger.publish();
			const others = [
				await addEndpoint(`${trigger.url}/other`),
				await addEndpoint('https://n8n.example.com/webhook/1/webhook'),
			].map(({ id }) => id);
			const [own] = (await endpointsOf(simulator)).filter(({ url }) => url === trigger.url);
			// What is not at the trigger's address any more is not its own, whoever made it.
			if ((await inflict(trigger, own!)) === own!.id) others.push(own!.id);
			expect([damage, await trigger.checkExists()]).toEqual([damage, false]);
			await trigger.create();
			await expectRight(trigger, DEFAULT_EVENTS, others);
			expect((await endpointsOf(simulator)).map(({ id }) => id)).toEqual(
				expect.arrayContaining(others),
			);
		}
	});

	it.each([
		['http://N8N.Example.COM:80/webhook', 'http://n8n.example.com/webhook'],
		['https://n8n.example.com:443/webhook', 'https://N8N.example.com/webhook'],
		['https://bücher.example/webhook', 'https://xn--bcher-kva.example/webhook'],
		['https://n8n.example.com/büro/webhook', 'https://n8n.example.com/b%c3%bcro/webhook'],
		['https://n8n.example.com./webhook', 'https://n8n.example.com/webhook'],
	])('lets nothing pile up where Extend writes %s another way', async (base, otherBase) => {
		simulator.settings.endpointUrls = 'normalized';
		const trigger = await open(selected(), { webhookBaseUrl: base });
		await addEndpoint(trigger.url.replace(base, otherBase), 'left over');
		await trigger.publish();
		expect(await endpointsOf(simulator)).toHaveLength(1);
		await expect(trigger.checkExists()).resolves.toBe(true);
		trigger.staticData = {};
		await trigger.publish();
		expect(await endpointsOf(simulator)).toHaveLength(1);
		await trigger.delete();
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it('finds a leftover on any page of the list', async () => {
		const trigger = await open(selected());
		await addEndpoint(trigger.url, 'left over');
		for (let count = 0; count < 1_050; count++)
			await addEndpoint(`https://others.example.com/${count}`);
		await trigger.publish();
		const own = (await endpointsOf(simulator)).filter(({ url }) => url === trigger.url);
		expect(own).toHaveLength(1);
		expect(own[0]?.name).not.toBe('left over');
	});

	it('gives the endpoint of a changed event list its new events under the same secret', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const before = trigger.staticData;
		trigger.parameters = { ...selected(), events: ['workflow_run.rejected'] };
		await trigger.publish();
		await expectRight(trigger, ['workflow_run.rejected']);
		expect(trigger.staticData).toEqual(before);
	});
});

describe('when Extend stumbles', () => {
	it('takes a half-made registration back', async () => {
		simulator.faults.add({ kind: 'refuse', status: 400, on: { path: '/webhook_subscriptions' } });
		const trigger = await open(selected());
		await expect(trigger.publish()).rejects.toThrow('could not be registered');
		expect(await endpointsOf(simulator)).toEqual([]);
		expect(trigger.staticData).toEqual({});
	});

	const endpoint = { path: '/webhook_endpoints/*' };

	it('takes a registration back that cannot be mended', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		simulator.faults.add({ kind: 'refuse', status: 400, on: { ...endpoint, method: 'POST' } });
		await expect(trigger.create()).rejects.toThrow('could not be registered');
		expect(await endpointsOf(simulator)).toEqual([]);
		expect(trigger.staticData).toEqual({});
	});

	it('remembers what it could not take back, and mends it the next time', async () => {
		simulator.faults.add({ kind: 'refuse', status: 400, on: { path: '/webhook_subscriptions' } });
		simulator.faults.add({ kind: 'refuse', status: 403, on: { ...endpoint, method: 'DELETE' } });
		const trigger = await open(selected());
		await expect(trigger.publish()).rejects.toThrow('could not be registered');
		const [left] = await endpointsOf(simulator);
		expect(trigger.staticData).toMatchObject({ registration: { endpointId: left!.id } });
		simulator.faults.clear();
		await trigger.publish();
		await expectRight(trigger, DEFAULT_EVENTS);
		expect((await endpointsOf(simulator))[0]?.id).toBe(left!.id);
	});

	it.each([
		['workflows', '/workflows', 'The workflows could not be listed'],
		['subscriptions', '/webhook_subscriptions', 'The webhook subscriptions could not be listed'],
		['endpoints', '/webhook_endpoints', 'The webhook endpoints could not be listed'],
	])('says that the %s could not be listed', async (_what, path, message) => {
		const trigger = await open();
		await trigger.publish();
		simulator.faults.add({ kind: 'refuse', status: 403, on: { path, method: 'GET' } });
		await expect(trigger.checkExists()).rejects.toThrow(message);
		await expect(trigger.create()).rejects.toThrow(message);
		simulator.faults.clear();
		// Without its list there is nothing to take back; else nothing half-made stays.
		expect(await endpointsOf(simulator)).toHaveLength(path === '/webhook_endpoints' ? 1 : 0);
	});

	it('registers nothing when the endpoints cannot be listed', async () => {
		simulator.faults.add({
			kind: 'refuse',
			status: 403,
			on: { path: '/webhook_endpoints', method: 'GET' },
		});
		await expect((await open(selected())).publish()).rejects.toThrow('could not be listed');
		simulator.faults.clear();
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it('needs the secret: without one, an endpoint is made anew', async () => {
		const creation = { path: '/webhook_endpoints', method: 'POST' };
		simulator.faults.add({ kind: 'replacedAfter', body: { id: 'wh_1' }, nth: 1, on: creation });
		simulator.faults.add({
			kind: 'replacedAfter',
			body: { signingSecret: 'wss_1' },
			nth: 2,
			on: creation,
		});
		const trigger = await open(selected());
		await trigger.publish();
		await expectRight(trigger, DEFAULT_EVENTS);
		simulator.reset();
		const fault = simulator.faults.add({ kind: 'replacedAfter', body: {}, on: creation });
		await expect((await open(selected())).create()).rejects.toThrow('could not be read');
		expect(fault.struck).toBe(3);
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it('removes also what shows up only after the next attempt', async () => {
		simulator.faults.add({
			kind: 'resetAfter',
			nth: 1,
			on: { path: '/webhook_endpoints', method: 'POST' },
		});
		// As if the endpoint whose answer was lost was not listed yet.
		const hidden = simulator.faults.add({
			kind: 'replacedBefore',
			body: { object: 'list', data: [] },
			nth: 3,
			on: { path: '/webhook_endpoints', method: 'GET' },
		});
		const trigger = await open(selected());
		await trigger.publish();
		expect(hidden.struck).toBe(1);
		await expectRight(trigger, DEFAULT_EVENTS);
	});

	it('says which extractor is not there', async () => {
		simulator.faults.add({
			kind: 'refuse',
			status: 404,
			on: { path: '/webhook_subscriptions', method: 'POST' },
		});
		const trigger = await open({
			events: ['extract_run.processed'],
			resourceScope: 'selected',
			resources: ['ex_sim_invoice'],
		});
		await expect(trigger.publish()).rejects.toThrow('extractor ex_sim_invoice');
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it('says which workflow is not there', async () => {
		const trigger = await open({ workflowScope: 'selected', workflows: 'workflow_gone' });
		await expect(trigger.publish()).rejects.toThrow('workflow workflow_gone');
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it.each(['resetAfter', 'serverErrorAfter', 'truncatedAfter'] as const)(
		'has one endpoint after a creation whose answer was lost (%s)',
		async (kind) => {
			const fault = simulator.faults.add({
				kind,
				nth: 1,
				on: { path: '/webhook_endpoints', method: 'POST' },
			});
			const trigger = await open(selected());
			await trigger.publish();
			expect(fault.struck).toBe(1);
			await expectRight(trigger, DEFAULT_EVENTS);
		},
	);

	it('leaves no endpoint when the answer is lost again and again, and none twice', async () => {
		simulator.faults.add({
			kind: 'resetAfter',
			on: { path: '/webhook_endpoints', method: 'POST' },
		});
		const trigger = await open(selected());
		await expect(trigger.publish()).rejects.toThrow('could not be registered');
		expect(await endpointsOf(simulator)).toEqual([]);
	});

	it('shows the secret to nobody', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const { signingSecret } = trigger.staticData.registration as { signingSecret: string };
		simulator.faults.add({ kind: 'refuse', status: 400, message: `bad ${signingSecret}` });
		const errors = await Promise.all(
			[trigger.checkExists(), trigger.create(), trigger.delete()].map(
				async (attempt) =>
					await attempt.then(
						() => '',
						(error: unknown) => JSON.stringify(error),
					),
			),
		);
		expect(errors.every((error) => error.includes('could not be'))).toBe(true);
		expect(errors.join() + trigger.logs.join()).not.toContain(signingSecret);
	});
});

describe('unpublishing', () => {
	it('removes the endpoint, its subscriptions and what is left over, and nothing else', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const other = await addEndpoint('https://n8n.example.com/webhook/1/webhook');
		await addEndpoint(trigger.url, 'left over');
		await trigger.delete();
		expect((await endpointsOf(simulator)).map(({ id }) => id)).toEqual([other.id]);
		expect(await subscriptionsOf(simulator)).toEqual([]);
		expect(trigger.staticData).toEqual({});
	});

	it('is content when everything is gone already', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const [endpoint] = await endpointsOf(simulator);
		await callExtend(simulator, 'DELETE', `/webhook_endpoints/${endpoint?.id}`);
		await expect(trigger.delete()).resolves.toBe(true);
		await expect(trigger.delete()).resolves.toBe(true);
	});

	it('leaves an endpoint alone that has moved, and forgets it', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const [endpoint] = await endpointsOf(simulator);
		const url = 'https://n8n.example.com/webhook/moved/webhook';
		await callExtend(simulator, 'POST', `/webhook_endpoints/${endpoint?.id}`, { url });
		await trigger.delete();
		expect(await endpointsOf(simulator)).toMatchObject([{ id: endpoint?.id, url }]);
		expect(trigger.staticData).toEqual({});
		expect(trigger.logs.join()).toContain('is left alone');
	});

	it('is not done as long as Extend does not say what the remembered endpoint is', async () => {
		const trigger = await open(selected());
		trigger.staticData = { registration: { endpointId: 'wh_old', signingSecret: 'wss_old' } };
		const on = { path: '/webhook_endpoints/*', method: 'GET' };
		simulator.faults.add({ kind: 'refuse', status: 403, on });
		await expect(trigger.delete()).rejects.toThrow('could not be removed from Extend');
		expect(trigger.staticData).toHaveProperty('registration');
		simulator.faults.clear();
		await trigger.delete();
		expect(trigger.staticData).toEqual({});
	});

	it('forgets the events and the batches of the endpoint', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		const { endpointId } = trigger.staticData.registration as { endpointId: string };
		const isNew = async () => await takeOn(endpointId, 'event_1', async () => true, 0);
		expect(await isNew()).toBe('new');
		expect(await isNew()).not.toBe('new');
		const batches = batchesOf(endpointId);
		await trigger.delete();
		expect(await isNew()).toBe('new');
		expect(batchesOf(endpointId)).not.toBe(batches);
	});

	it('shows any other failure', async () => {
		const trigger = await open(selected());
		await trigger.publish();
		simulator.faults.add({ kind: 'refuse', status: 403, on: { method: 'DELETE' } });
		await expect(trigger.delete()).rejects.toThrow('could not be removed from Extend');
		expect(trigger.staticData).toHaveProperty('registration');
	});

	it('leaves the endpoint of the original alone when a copy carries its static data', async () => {
		const original = await open(selected());
		await original.publish();
		const copy = await open(selected(), {
			webhookId: 'another-id',
			staticData: structuredClone(original.staticData),
		});
		await copy.delete();
		expect(await endpointsOf(simulator)).toHaveLength(1);
		await expect(original.checkExists()).resolves.toBe(true);
		copy.staticData = structuredClone(original.staticData);
		await copy.publish();
		expect((await endpointsOf(simulator)).map(({ url }) => url)).toEqual([original.url, copy.url]);
		await copy.delete();
		await expect(original.checkExists()).resolves.toBe(true);
	});
});

describe('an address that Extend cannot reach', () => {
	const openAt = async (webhookBaseUrl: string, url = 'https://extend.invalid') => {
		const trigger = await openTrigger({ url }, {}, { webhookBaseUrl });
		opened.push(trigger);
		return trigger;
	};

	it.each([
		'http://localhost:5678/webhook',
		'https://192.168.1.7/webhook',
		'https://n8n.internal/webhook',
		'http://[::ffff:127.0.0.1]:5678/webhook',
	])('is refused because it is private, before Extend is called: %s', async (base) => {
		const trigger = await openAt(base);
		await expect(trigger.create()).rejects.toMatchObject({
			message: expect.stringMatching(
				/cannot reach this n8n, because its address is private\. Set WEBHOOK_URL \(N8N_WEBHOOK_URL /,
			),
			description: expect.stringContaining(`${base}/`),
		});
		await expect(trigger.delete()).resolves.toBe(true);
	});

	it.each([
		'n8n.example.com/webhook',
		'n8n.example.com:5678/webhook',
		'localhost:5678/webhook',
		'//n8n.example.com/webhook',
	])('is refused because it is not whole, before Extend is called: %s', async (base) => {
		for (const api of ['https://extend.invalid', 'http://127.0.0.1:9']) {
			const trigger = await openAt(base, api);
			await expect(trigger.create()).rejects.toMatchObject({
				message: expect.stringMatching(
					/does not begin with https:\/\/\. Set WEBHOOK_URL \(N8N_WEBHOOK_URL .* to a complete one/,
				),
				description: expect.stringContaining(`${base}/`),
			});
			await expect(trigger.delete()).resolves.toBe(true);
		}
	});
});
