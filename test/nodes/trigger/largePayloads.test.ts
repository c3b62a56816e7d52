/** Payloads that Extend sends as a link, because they are large. */
import type { IDataObject } from 'n8n-workflow';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

import type { PlayedTrigger } from '../../harness/engine';
import { useSimulator } from '../../harness/useSimulator';
import { tame, type Simulator } from '../../simulator';
import {
	callExtend,
	deliver,
	endpointsOf,
	openTrigger,
	submitBatch,
	until,
	usePublishedTriggers,
} from './playedTrigger';

const MB = 1024 * 1024;

let simulator: Simulator;
const closing: Array<() => void> = [];

useSimulator({ queueMs: 10, processMs: 30 }, (started) => {
	simulator = started;
});
afterEach(() => {
	for (const close of closing.splice(0)) close();
});

const publish = usePublishedTriggers(() => simulator);

/** A place where payloads lie. Gives the port and what was asked for. */
async function openStore(answer: RequestListener): Promise<{ port: number; seen: string[] }> {
	const seen: string[] = [];
	const server = createServer((request, response) => {
		seen.push(String(request.headers.authorization));
		answer(request, response);
	});
	await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
	closing.push(() => {
		server.closeAllConnections();
		server.close();
	});
	return { port: (server.address() as AddressInfo).port, seen };
}

let events = 0;

/** An event whose payload lies behind a link. */
function linked(data: string) {
	events++;
	return {
		eventId: `event_${events}`,
		eventType: 'workflow_run.completed',
		payload: { object: 'signed_data_url', id: 'r', data },
	};
}

const jsonOf = (trigger: PlayedTrigger): IDataObject[] =>
	trigger.executions.flat().map(({ json }) => json);

describe('a payload behind a link', () => {
	it('is fetched, so that the item looks like any other', async () => {
		const trigger = await publish({ options: { largePayloadBytes: 1_000 } });
		await submitBatch(simulator, 1, () => ({ row: 7 }));
		await until(() => trigger.executions.length > 0, 'an execution starts');
		expect(simulator.ledger.deliveries[0]).toMatchObject({ asUrl: true });
		expect(jsonOf(trigger)[0]).toMatchObject({
			eventId: simulator.ledger.deliveries[0]?.eventId,
			payload: { object: 'workflow_run', metadata: { row: 7 }, stepRuns: expect.any(Array) },
		});
	});

	it('stays a link on request', async () => {
		const trigger = await publish({
			options: { largePayloadBytes: 1_000, downloadLargePayloads: false },
		});
		await submitBatch(simulator, 1);
		await until(() => trigger.executions.length > 0, 'an execution starts');
		expect(jsonOf(trigger)[0]).toMatchObject({ payload: { object: 'signed_data_url' } });
	});

	it.each([
		['without the word that says so', (data: string) => ({ data })],
		['as nothing but a URL', (data: string) => data],
	])('is fetched when the link comes %s', async (_how, form) => {
		const { port } = await openStore((_request, response) => {
			response.end('{"object":"workflow_run","id":"r"}');
		});
		const trigger = await publish();
		const event = linked('');
		const payload = form(`http://127.0.0.1:${port}/payload`);
		await expect(deliver(trigger, { ...event, payload })).resolves.toBe(200);
		expect(jsonOf(trigger)).toEqual([{ ...event, payload: { object: 'workflow_run', id: 'r' } }]);
	});

	it('is delivered again when the link does not work, and leaves no failed execution', async () => {
		const elsewhere = await openStore((_request, response) => {
			response.end('{"object":"workflow_run","id":"elsewhere"}');
		});
		const { port, seen } = await openStore((_request, response) => {
			const number = seen.length;
			if (number === 1) response.writeHead(403).end();
			else if (number === 2) {
				response.writeHead(302, { location: `http://127.0.0.1:${elsewhere.port}/` }).end();
			} else if (number === 3) response.writeHead(200).end('no JSON');
			else if (number === 4) response.writeHead(200, { 'content-length': '100' }).destroy();
			else response.writeHead(200).end('{"object":"workflow_run","id":"r"}');
		});
		const trigger = await publish();
		const event = linked(`http://127.0.0.1:${port}/payload?secret=1`);
		for (let attempt = 0; attempt < 4; attempt++) {
			await expect(deliver(trigger, event)).resolves.toBe(503);
		}
		await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toMatchObject([{ payload: { object: 'workflow_run', id: 'r' } }]);
		expect(seen).toEqual(Array<string>(5).fill('undefined'));
		expect(elsewhere.seen).toEqual([]);
		expect(trigger.failures).toEqual([]);
		expect(trigger.logs).toHaveLength(4);
		expect(trigger.logs.join()).not.toContain('secret=1');
	});

	it('is fetched from Extend itself when the link of a run does not work', async () => {
		const { port } = await openStore((_request, response) => response.writeHead(403).end());
		const reason = 'the event of a run comes when it can be read';
		Object.assign(simulator.settings, tame(reason, 'readableDelayMs'));
		const trigger = await publish();
		const [endpoint] = await endpointsOf(simulator);
		const say = { status: 'disabled' };
		await callExtend(simulator, 'POST', `/webhook_endpoints/${endpoint?.id}`, say);
		await submitBatch(simulator, 1, () => ({ row: 7 }));
		const { id } = simulator.ledger.runs[0]!;
		const event = linked(`http://127.0.0.1:${port}/`);
		Object.assign(event.payload, { id });
		await expect(deliver(trigger, event)).resolves.toBe(200);
		expect(jsonOf(trigger)).toMatchObject([
			{ ...event, payload: { object: 'workflow_run', id, metadata: { row: 7 } } },
		]);
		// Nothing but a run can be fetched this way.
		const other = { ...event, eventId: 'other', eventType: 'workflow.created' };
		await expect(deliver(trigger, other)).resolves.toBe(503);
	});

	it('is delivered again when the link stalls half-way', async () => {
		const { port } = await openStore((_request, response) => {
			response.writeHead(200).write('{"object":');
		});
		const trigger = await publish();
		const started = Date.now();
		await expect(deliver(trigger, linked(`http://127.0.0.1:${port}/`))).resolves.toBe(503);
		// Extend waits for 30 s.
		expect(Date.now() - started).toBeLessThan(25_000);
		expect(trigger.executions).toEqual([]);
		expect(trigger.logs.join()).toContain('it takes too long to arrive');
	}, 60_000);

	it('is not taken in when it is larger than 100 MB', async () => {
		let sent = 0;
		const filling = Buffer.alloc(MB, 'x');
		const { port } = await openStore((_request, response) => {
			const send = () => {
				if (response.destroyed) return;
				if (sent === 110) {
					response.end('"}');
					return;
				}
				sent++;
				if (response.write(filling)) setImmediate(send);
				else response.once('drain', send);
			};
			response.write('{"object":"workflow_run","id":"r","text":"');
			send();
		});
		const trigger = await publish();
		await expect(deliver(trigger, linked(`http://127.0.0.1:${port}/`))).resolves.toBe(503);
		expect(sent).toBeGreaterThan(99);
		expect(trigger.executions).toEqual([]);
		expect(trigger.logs.join()).toContain('it is larger than 100 MB');
	}, 60_000);

	it('is freed as soon as it is of no more use', async () => {
		setFlagsFromString('--expose-gc');
		const collectGarbage = runInNewContext('gc') as () => void;
		const used = async () => {
			for (let round = 0; round < 3; round++) {
				await new Promise((resolve) => setTimeout(resolve, 200));
				collectGarbage();
			}
			const { heapUsed, external } = process.memoryUsage();
			return (heapUsed + external) / MB;
		};
		const payload = JSON.stringify({ batchId: 'other', text: 'x'.repeat(5 * MB) });
		const { port, seen } = await openStore((_request, response) => {
			response.end(payload);
		});
		const trigger = await publish({ options: { batchIds: 'batch_1' } });
		const fetchOne = async () => await deliver(trigger, linked(`http://127.0.0.1:${port}/`));
		await fetchOne();
		const before = await used();
		for (let round = 0; round < 10; round++) {
			await Promise.all([1, 2, 3, 4].map(async () => await fetchOne()));
		}
		expect((await used()) - before).toBeLessThan(20);
		expect(seen).toHaveLength(41);
	}, 60_000);
});

describe('a link', () => {
	const payload = '{"object":"workflow_run","id":"r"}';
	const cloud = { url: 'https://extend.example.com' };
	const staticData = () => ({
		registration: { endpointId: `wh_cloud_${events}`, signingSecret: 'wss_cloud' },
	});

	it.each([
		['http://0.0.0.0:', 'https://'],
		['http://user:password@127.0.0.1:', 'a user name'],
		['ftp://127.0.0.1:', 'https://'],
	])('%s is not followed, though Extend is on this machine', async (beginning, reason) => {
		const { port, seen } = await openStore((_request, response) => response.end(payload));
		const trigger = await publish();
		await expect(deliver(trigger, linked(`${beginning}${port}/payload`))).resolves.toBe(503);
		expect(seen).toEqual([]);
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
		expect(trigger.logs).toHaveLength(1);
		expect(trigger.logs[0]).toContain(reason);
	});

	it.each([
		'http://127.0.0.1:',
		'http://localhost:',
		'http://localhost.:',
		'http://2130706433:',
		'http://0x7f.1:',
		'http://[::ffff:127.0.0.1]:',
		'http://0.0.0.0:',
		'https://127.0.0.1:',
		'https://localhost:',
	])('%s is not followed where Extend is in the cloud', async (beginning) => {
		const { port, seen } = await openStore((_request, response) => response.end(payload));
		const trigger = await openTrigger(cloud, {}, { staticData: staticData() });
		await expect(deliver(trigger, linked(`${beginning}${port}/payload`))).resolves.toBe(503);
		await trigger.close();
		expect(seen).toEqual([]);
		expect(trigger.executions).toEqual([]);
		expect(trigger.failures).toEqual([]);
		expect(trigger.logs.join()).toContain('its link is not followed');
	});

	it('is not followed to a private host where nobody knows where Extend is', async () => {
		const { port, seen } = await openStore((_request, response) => response.end(payload));
		const trigger = await openTrigger(
			simulator,
			{},
			{ staticData: staticData(), credentials: { extendApi: undefined as never } },
		);
		await expect(deliver(trigger, linked(`http://127.0.0.1:${port}/`))).resolves.toBe(503);
		await trigger.close();
		expect(seen).toEqual([]);
		expect(trigger.failures).toEqual([]);
	});
});

describe('full results of a batch', () => {
	it('are kept up to a size that counts what lies behind the links', async () => {
		const reason = 'The runs are read at once, to make payloads of them';
		Object.assign(simulator.settings, tame(reason, 'readableDelayMs'));
		const trigger = await publish({ events: ['batch.finished'] });
		const [endpoint] = await endpointsOf(simulator);
		// This test sends the events itself, with payloads that the simulator would not make.
		const say = { status: 'disabled' };
		await callExtend(simulator, 'POST', `/webhook_endpoints/${endpoint?.id}`, say);
		await submitBatch(simulator, 30);
		const isAtRest = () =>
			simulator.ledger.deliveries.filter(({ outcome }) => outcome === 'dropped').length === 30;
		await until(isAtRest, 'all runs are at rest');
		const runs = simulator.ledger.runs.map(({ id }) => id);
		const { port } = await openStore((request, response) => {
			void callExtend(simulator, 'GET', `/workflow_runs${request.url}`).then((run) => {
				response.end(JSON.stringify({ ...(run as object), text: 'x'.repeat(MB) }));
			});
		});
		for (const id of runs) {
			await expect(deliver(trigger, linked(`http://127.0.0.1:${port}/${id}`))).resolves.toBe(200);
		}
		expect(trigger.executions).toHaveLength(1);
		const items = jsonOf(trigger);
		expect(new Set(items.map(({ id }) => id))).toEqual(new Set(runs));
		// The others had to be fetched, and the simulator knows nothing of the text.
		expect(items.filter(({ text }) => text !== undefined)).toHaveLength(15);
	}, 60_000);
});
