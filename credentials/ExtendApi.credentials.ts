import type {
	IAuthenticate,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
	Themed,
} from 'n8n-workflow';

import { API_VERSION, REGION_BASE_URLS, whyNotABaseUrl } from '../nodes/extend/regions';
import type { ExtendApiCredential } from '../nodes/extend/regions';

/** Where a request goes. n8n's HTTP Request node hands over options of an older form, with `uri`. */
function addressOf(request: Partial<IHttpRequestOptions> & { uri?: string }): string {
	const { url = request.uri ?? '', baseURL } = request;
	return /^[a-z]+:/i.test(url) ? url : (baseURL ?? url);
}

/** Attaches the token, the API version and, where given, the workspace to a request. */
const authenticate: IAuthenticate = async (
	credentials: ICredentialDataDecryptedObject,
	request: IHttpRequestOptions,
): Promise<IHttpRequestOptions> => {
	const objection = whyNotABaseUrl(addressOf(request));
	if (objection !== undefined) {
		throw new Error(`The base URL of the Extend API credential cannot be used: ${objection}.`);
	}

	const { apiToken, workspaceId = '' } = credentials as Partial<ExtendApiCredential>;
	const workspace = workspaceId.trim();
	request.headers = {
		...request.headers,
		Authorization: `Bearer ${(apiToken ?? '').trim()}`,
		'x-extend-api-version': API_VERSION,
		...(workspace === '' ? {} : { 'x-extend-workspace-id': workspace }),
	};
	return request;
};

/** The one credential that all Extend nodes share. */
export class ExtendApi implements ICredentialType {
	name = 'extendApi';

	displayName = 'Extend API';

	icon: Themed<'file:../icons/extend.svg' | 'file:../icons/extend.dark.svg'> = {
		light: 'file:../icons/extend.svg',
		dark: 'file:../icons/extend.dark.svg',
	};

	documentationUrl = 'https://docs.extend.ai/2026-02-09/developers/authentication';

	properties: INodeProperties[] = [
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. sk_...',
			description:
				'The secret key that identifies you to Extend. In the Extend dashboard, open Developers, then API Keys, and create one.',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{
					name: 'Custom',
					value: 'custom',
					description: 'Extend deployed in your own cloud, or a test server',
				},
				{
					name: 'Europe (EU1)',
					value: 'eu',
					description: REGION_BASE_URLS.eu,
				},
				{
					name: 'United States (US1)',
					value: 'us',
					description: REGION_BASE_URLS.us,
				},
				{
					name: 'United States (US2, HIPAA)',
					value: 'us2',
					description: REGION_BASE_URLS.us2,
				},
			],
			default: 'us',
			description:
				'Where your Extend workspace lives. A token of one region is unknown in the others.',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			displayOptions: { show: { region: ['custom'] } },
			required: true,
			default: '',
			placeholder: 'e.g. https://extend.example.com',
			description:
				'The address of the Extend API without a path. It must begin with https://; plain http is accepted only for an address on this machine.',
		},
		{
			displayName: 'Workspace ID',
			name: 'workspaceId',
			type: 'string',
			default: '',
			placeholder: 'e.g. ws_xK9mLPqRtN3vS8wF5hB2cQ',
			description:
				'Needed only for a token that belongs to a whole organization; it says in which workspace to work. You find it in the Extend dashboard under Settings.',
		},
	];

	authenticate = authenticate;

	test: ICredentialTestRequest = {
		request: {
			baseURL: `={{ $credentials.region === "custom" ? $credentials.baseUrl : (${JSON.stringify(REGION_BASE_URLS).replace(/"/g, "'")})[$credentials.region] }}`,
			url: '/workflows',
			qs: { maxPageSize: 1 },
		},
		rules: [
			{
				type: 'responseCode',
				properties: {
					value: 400,
					message:
						'Extend refused the request. If your token belongs to a whole organization, fill in Workspace ID; if it is filled in, check that it is complete.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 401,
					message:
						'Extend does not know this API token in the chosen region. Check that the token is complete and not revoked, and that Region is the one in which your workspace lives.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 403,
					message:
						'Extend knows this API token, but it may not read workflows here. Check the permissions of the token and the Workspace ID.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 404,
					message:
						'There is no Extend API at this address. Check Region, or Base URL if the region is Custom.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 422,
					message:
						'Extend refused the request. If your token belongs to a whole organization, fill in Workspace ID; if it is filled in, check that it is complete.',
				},
			},
			{
				type: 'responseCode',
				properties: {
					value: 429,
					message:
						'Extend is receiving too many requests for this organization just now. Wait a moment and test again.',
				},
			},
		],
	};
}
