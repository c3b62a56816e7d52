import { TOKENS, WORKSPACES } from '../simulator';

import { openBench, type Bench } from './bench';

describe('testing the credential', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench();
	});

	afterAll(async () => {
		await bench.close();
	});

	async function tryCredential(apiToken: string, workspaceId = '') {
		const data = { apiToken, workspaceId, region: 'custom', baseUrl: bench.simulator.url };
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
});
