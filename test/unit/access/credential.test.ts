import fc from 'fast-check';
import type { IAuthenticate, IHttpRequestOptions } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';

const { authenticate } = new ExtendApi() as { authenticate: IAuthenticate };

/** What n8n's HTTP Request node names the address. */
const olderForm = { uri: 'http://evil.com/workflows' };

/** The request as it leaves, when this credential is used for it. */
async function signed(
	credential: Record<string, string>,
	request: Partial<IHttpRequestOptions> = {},
): Promise<IHttpRequestOptions> {
	if (typeof authenticate !== 'function') throw new Error('The credential signs nothing itself.');
	return await authenticate(credential, {
		baseURL: 'https://api.extend.ai',
		url: '/workflows',
		...request,
	});
}

describe('the credential Extend API', () => {
	test('sends the token and the API version, and no workspace unless one is given', async () => {
		const { headers } = await signed({ apiToken: 'sk_1' });
		expect(headers).toEqual({
			Authorization: 'Bearer sk_1',
			'x-extend-api-version': '2026-02-09',
		});
		const blank = await signed({ apiToken: 'sk_1', workspaceId: '  ' });
		expect(blank.headers).toEqual(headers);
	});

	test('names the workspace on every call if one is given', async () => {
		const { headers } = await signed({ apiToken: 'sk_1', workspaceId: 'ws_1' });
		expect(headers).toHaveProperty('x-extend-workspace-id', 'ws_1');
	});

	test('forgives spaces and line ends around what was pasted', async () => {
		const credential = { apiToken: ' sk_1\n', workspaceId: '\tws_1 ' };
		expect((await signed(credential)).headers).toMatchObject({
			Authorization: 'Bearer sk_1',
			'x-extend-workspace-id': 'ws_1',
		});
	});

	test('keeps the rest of the request as it is', async () => {
		const request = {
			method: 'POST',
			body: { a: 1 },
			qs: { b: 2 },
			headers: { 'X-Own': '1' },
		} as const;
		const { headers, ...rest } = await signed({ apiToken: 'sk_1' }, request);
		expect(rest).toEqual({
			baseURL: 'https://api.extend.ai',
			url: '/workflows',
			method: 'POST',
			body: { a: 1 },
			qs: { b: 2 },
		});
		expect(headers).toHaveProperty('X-Own', '1');
	});

	test.each<[string, Partial<IHttpRequestOptions>]>([
		['a base URL', { baseURL: 'http://api.extend.ai' }],
		['a base URL that looks like this machine', { baseURL: 'http://127.0.0.1.evil.com' }],
		[
			'a base URL with a user that looks like this machine',
			{ baseURL: 'http://localhost@evil.com' },
		],
		['a whole URL beside a good base URL', { url: 'http://evil.com/workflows' }],
		['a whole URL in upper case', { url: 'HTTP://EVIL.COM/workflows' }],
		['no host at all', { baseURL: undefined }],
		['the address of an older form', { url: undefined, baseURL: undefined, ...olderForm }],
	])('does not let the token go unencrypted to %s', async (_case, request) => {
		await expect(signed({ apiToken: 'sk_1' }, request)).rejects.toThrow(/base URL/);
	});

	test("signs requests of n8n's HTTP Request node, which names the address otherwise", async () => {
		const older = { url: undefined, baseURL: undefined, uri: 'https://api.extend.ai/workflows' };
		const { headers } = await signed({ apiToken: 'sk_1' }, older);
		expect(headers).toHaveProperty('Authorization', 'Bearer sk_1');
	});

	test('tells nobody the token when it refuses', async () => {
		await expect(signed({ apiToken: 'sk_1' }, { baseURL: 'http://evil.com' })).rejects.toThrow(
			expect.objectContaining({ message: expect.not.stringContaining('sk_1') as string }) as Error,
		);
	});

	test.each(['http://127.0.0.1:4010', 'http://localhost:4010', 'http://[::1]:4010'])(
		'lets the token go to a service on this machine: %s',
		async (baseURL) => {
			const { headers } = await signed({ apiToken: 'sk_1' }, { baseURL });
			expect(headers).toHaveProperty('Authorization', 'Bearer sk_1');
		},
	);

	test('sends the token to no other host name unencrypted', async () => {
		await fc.assert(
			fc.asyncProperty(fc.domain(), async (domain) => {
				await expect(signed({ apiToken: 'sk_1' }, { url: `http://${domain}/x` })).rejects.toThrow(
					/unencrypted/,
				);
			}),
		);
	});

	test('forgives what nobody sees, and the word that the documentation puts before the token', async () => {
		for (const apiToken of ['\u200bsk_1\u2060', 'Bearer sk_1', '\ufeffbearer  sk_1 ']) {
			const { headers } = await signed({ apiToken, workspaceId: '\u200ews_1\u00a0' });
			expect(headers).toMatchObject({
				Authorization: 'Bearer sk_1',
				'x-extend-workspace-id': 'ws_1',
			});
		}
	});

	test.each([
		[{ apiToken: '' }, /API Token .* is empty/],
		[{ apiToken: ' \u200b ' }, /API Token .* is empty/],
		[{ apiToken: 'sk_1 sk_2' }, /API Token .* contains a space/],
		[{ apiToken: 'sk_1\r\nX-Other: 1' }, /API Token .* contains a space/],
		[{ apiToken: 'sk_ü' }, /API Token .* contains a space/],
		[{ apiToken: 'sk_1', workspaceId: 'ws_1\nX: 1' }, /Workspace ID .* contains a space/],
	])('says which field cannot be sent: %j', async (credential, message) => {
		const thrown = await signed(credential).catch((error: unknown) => error);
		expect(thrown).toHaveProperty('message', expect.stringMatching(message));
		expect(thrown).toHaveProperty('message', expect.not.stringContaining('sk_1'));
	});

	test('names the regions as they are, and leads to the page about authentication', () => {
		const { properties, documentationUrl } = new ExtendApi();
		expect(documentationUrl).toBe('https://docs.extend.ai/api-reference/authentication');
		const region = properties.find(({ name }) => name === 'region');
		expect(JSON.stringify(region)).not.toContain('HIPAA');
		expect(JSON.stringify(region)).toContain('existing workspaces only');
	});
});
