import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { TOKENS, WORKSPACES } from '../simulator';

import { openBench, type Bench } from '../harness/e2e/workbench';

describe('testing the credential', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	async function tryCredential(apiToken: string, workspaceId = '', baseUrl = bench.simulator.url) {
		const data = { apiToken, workspaceId, region: 'custom', baseUrl };
		const { client } = bench;
		return await client.testCredential(await client.createCredential('extendApi', 'Try', data));
	}

	test('a good token is accepted', async () => {
		expect(await tryCredential(TOKENS.workspace)).toMatchObject({ status: 'OK' });
	});

	test('an unknown token is refused, and the answer says what to check', async () => {
		const result = await tryCredential('sk_nobody');
		expect(result.status).toBe('Error');
		expect(result.message).toMatch(/token.*region/i);
	});

	test('the token of an organization needs a workspace, and the answer says so', async () => {
		const result = await tryCredential(TOKENS.organization);
		expect(result.status).toBe('Error');
		expect(result.message).toContain('Workspace ID');
	});

	test('the token of an organization with its workspace is accepted', async () => {
		const result = await tryCredential(TOKENS.organization, WORKSPACES.main);
		expect(result).toMatchObject({ status: 'OK' });
	});

	test('a web page that is no Extend API is refused', async () => {
		const page = createServer((_request, response) => {
			response.writeHead(200, { 'content-type': 'text/html' });
			response.end('<html><title>Welcome</title></html>');
		});
		await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
		const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}`;
		const result = await tryCredential(TOKENS.workspace, '', url);
		page.closeAllConnections();
		await new Promise((resolve) => page.close(resolve));
		expect(result.status).toBe('Error');
		expect(result.message).toMatch(/not that of the Extend API.*Base URL/);

		// Nobody is there any more.
		const gone = await tryCredential(TOKENS.workspace, '', url);
		expect(gone.status).toBe('Error');
		expect(gone.message).toMatch(/connection to Extend was refused/);
	});

	test('a host that does not exist is told in words', async () => {
		const result = await tryCredential(TOKENS.workspace, '', 'https://no-such-host.invalid');
		expect(result.status).toBe('Error');
		expect(result.message).toMatch(/host name in the address of Extend/);
	});
});
