import type {
	IAuthenticate,
	ICredentialDataDecryptedObject,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
	Themed,
} from 'n8n-workflow';

import { accessOf, headersFor } from '../nodes/extend/access/authentication';
import { REGION_BASE_URLS, whyNotABaseUrl } from '../nodes/extend/access/regions';

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

	request.headers = { ...request.headers, ...headersFor(accessOf(credentials)) };
	return request;
};

/** The one credential that all Extend nodes share. They test it too (`testExtendApi`). */
export class ExtendApi implements ICredentialType {
	name = 'extendApi';

	displayName = 'Extend API';

	icon: Themed<'file:../icons/extend.svg' | 'file:../icons/extend.dark.svg'> = {
		light: 'file:../icons/extend.svg',
		dark: 'file:../icons/extend.dark.svg',
	};

	documentationUrl = 'https://docs.extend.ai/api-reference/authentication';

	properties: INodeProperties[] = [
		{
			displayName: 'API Token',
			name: 'apiToken',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			placeholder: 'e.g. sk_...',
			hint: 'In the Extend dashboard, open Developers, then API Keys, and create a key',
			description: 'The secret key that identifies you to Extend',
		},
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{
					name: 'United States (US1)',
					value: 'us',
					description: REGION_BASE_URLS.us,
				},
				{
					name: 'United States (US2)',
					value: 'us2',
					description: `${REGION_BASE_URLS.us2}, for existing workspaces only`,
				},
				{
					name: 'Europe (EU1)',
					value: 'eu',
					description: REGION_BASE_URLS.eu,
				},
				{
					name: 'Custom',
					value: 'custom',
					description: 'Extend deployed in your own cloud, or a test server',
				},
			],
			default: 'us',
			description: 'The region of your Extend workspace. A token works only in its own region.',
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
				'The address of the Extend API, without a path. It must begin with https://. Plain http works only for an address on this machine.',
		},
		{
			displayName: 'Workspace ID',
			name: 'workspaceId',
			type: 'string',
			default: '',
			placeholder: 'e.g. ws_xK9mLPqRtN3vS8wF5hB2cQ',
			hint: 'Leave empty unless your token belongs to a whole organization',
			description: 'The workspace to use. Its ID is in the Extend dashboard under Settings.',
		},
	];

	authenticate = authenticate;
}
