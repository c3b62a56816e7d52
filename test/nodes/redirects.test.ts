/** A redirect of Extend is not followed: a POST would arrive as a GET, and the token at another host. */
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

import { startSimulator, type Simulator } from '../simulator';
import { errorsByItem, runBatches, urlItems } from './batchRun/batchRun';
import { batchItems, listRuns } from './listRuns/listRuns';

async function listening(answer: RequestListener): Promise<{ server: Server; url: string }> {
	const server = createServer(answer);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

describe.each([301, 302, 303, 307, 308])('HTTP %d', (status) => {
	let simulator: Simulator;
	let redirecting: { server: Server; url: string };

	beforeAll(async () => {
		simulator = await startSimulator();
		redirecting = await listening(({ url = '' }, response) => {
			response.writeHead(status, { location: `${simulator.url}${url}` });
			response.end();
		});
	});

	afterAll(async () => {
		redirecting.server.closeAllConnections();
		await new Promise((resolve) => redirecting.server.close(resolve));
		await simulator.close();
	});

	it('reaches nobody else, whether something is submitted or read', async () => {
		const credentials = {
			extendApi: { apiToken: 'sk_1', region: 'custom', baseUrl: redirecting.url },
		};
		const submitted = await runBatches(
			simulator,
			urlItems(3),
			{ fileUrl: '={{ $json.url }}' },
			{ credentials, onError: 'continueRegularOutput' },
		);
		const listed = await listRuns(redirecting, batchItems('batch_a'));
		expect(simulator.ledger.requests).toEqual([]);
		const errors = [...errorsByItem(submitted.outputs[0]).values()];
		expect(errors).toHaveLength(3);
		expect(errors[0]).toContain('the address redirects elsewhere');
		expect(listed.error?.message).toContain('the address redirects elsewhere');
	});
});
