/**
 * How many deliveries per second Extend Trigger takes, beside n8n's own Webhook node in the same n8n, in
 * turns: `npm run bench:trigger -- [deliveries per round] [VARIABLE=value of n8n ...]`.
 *
 * n8n acquires an isolate for each call of a webhook, except those of its own Webhook node, and that
 * costs more than all the rest. To compare the nodes themselves, take the exemption away with
 * `N8N_EXPRESSION_ENGINE_ALLOW_WEBHOOK_ISOLATE_SKIP=false`, or the isolates with
 * `N8N_EXPRESSION_ENGINE_LAZY_ACQUIRE=true` or `N8N_EXPRESSION_ENGINE=legacy`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { endpointOf, triggerWorkflow } from '../test/harness/e2e/triggers';
import { ensureN8n } from '../test/harness/n8n/install';
import { startN8n } from '../test/harness/n8n/instance';
import { buildPackage, REPOSITORY } from '../test/harness/n8n/packedPackage';
import { createProgress } from '../test/harness/n8n/progress';
import { startSimulator, TOKENS } from '../test/simulator';
import { signatureHeaders } from '../test/simulator/webhooks/signature';

const CONCURRENCY = 8;
const ROUNDS = 5;
const deliveries = Number(process.argv[2] ?? 300);
const env = Object.fromEntries(
	process.argv.slice(3).map((pair) => pair.split('=', 2) as [string, string]),
);
const progress = createProgress(process.stderr);
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY });

async function post(url: string, body: string, secret: string): Promise<number> {
	return await new Promise((resolve, reject) => {
		const outgoing = request(
			url,
			{
				method: 'POST',
				agent,
				headers: {
					'content-type': 'application/json',
					'content-length': Buffer.byteLength(body),
					...signatureHeaders(secret, body, Date.now()),
				},
			},
			(answer) => {
				answer.resume();
				answer.once('end', () => {
					resolve(answer.statusCode ?? 0);
				});
			},
		);
		outgoing.once('error', reject);
		outgoing.end(body);
	});
}

let events = 0;

/** Deliveries per second. */
async function measure(url: string, secret: string, eventType: string): Promise<number> {
	let left = deliveries;
	const started = performance.now();
	const worker = async () => {
		while (left-- > 0) {
			events++;
			const payload = { object: 'workflow_run', id: `r${events}`, status: 'PROCESSED', events };
			const body = JSON.stringify({ eventId: `event_${events}`, eventType, payload });
			const status = await post(url, body, secret);
			if (status !== 200) throw new Error(`A delivery was answered with ${status}.`);
		}
	};
	await Promise.all(Array.from({ length: CONCURRENCY }, worker));
	return deliveries / ((performance.now() - started) / 1000);
}

async function main(): Promise<void> {
	const install = await ensureN8n({ progress });
	await buildPackage();
	const simulator = await startSimulator();
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-bench-'));
	const n8n = await startN8n({ install, userFolder, packageDirectory: REPOSITORY, env });
	try {
		const { client } = n8n;
		const credential = await client.createCredential('extendApi', 'Simulator', {
			apiToken: TOKENS.workspace,
			region: 'custom',
			baseUrl: simulator.url,
		});
		const ours = await client.createWorkflow(triggerWorkflow(credential, {}));
		await client.publishWorkflow(ours.id);
		const webhook = await client.createWorkflow({
			name: 'Webhook',
			nodes: [
				{
					name: 'Webhook',
					type: 'n8n-nodes-base.webhook',
					typeVersion: 2,
					position: [0, 0],
					parameters: { httpMethod: 'POST', path: 'bench', options: {} },
					webhookId: crypto.randomUUID(),
				},
			],
			connections: {},
			settings: { executionOrder: 'v1' },
		});
		await client.publishWorkflow(webhook.id);
		await client.untilPublished(webhook.id);
		const { url, staticData } = await endpointOf(simulator, client, ours.id);
		const secret = staticData.registration.signingSecret;
		const subjects = {
			'Webhook node': async () =>
				await measure(`${n8n.url}/webhook/bench`, secret, 'workflow_run.completed'),
			'Extend Trigger, accepted': async () => await measure(url, secret, 'workflow_run.completed'),
			'Extend Trigger, filtered': async () => await measure(url, secret, 'workflow_run.cancelled'),
		};
		const results = new Map<string, number[]>();
		for (let round = 0; round <= ROUNDS; round++) {
			for (const [name, run] of Object.entries(subjects)) {
				const rate = await run();
				// The first round warms up.
				if (round > 0) results.set(name, [...(results.get(name) ?? []), rate]);
			}
		}
		const medians = [...results].map(([name, rates]) => ({
			name,
			perSecond: [...rates].sort((one, other) => one - other)[Math.floor(rates.length / 2)] ?? 0,
		}));
		const reference = medians[0]?.perSecond ?? NaN;
		for (const { name, perSecond } of medians) {
			const share = (perSecond / reference).toFixed(2);
			progress.step(`${name}: ${perSecond.toFixed(0)} per second, ${share} of the Webhook node`);
		}
	} finally {
		agent.destroy();
		await n8n.stop();
		await simulator.close();
		await rm(userFolder, { recursive: true, force: true, maxRetries: 3 });
	}
}

void main();
