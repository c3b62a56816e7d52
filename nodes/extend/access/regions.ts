/**
 * Where Extend answers. Hosts as in the official SDK (`extend-ai`, `environments`).
 */

import { cleaned } from '../../parameters/checks';

/** Base URLs of Extend's own regions; `custom` is for deployments of one's own. */
export const REGION_BASE_URLS = {
	us: 'https://api.extend.ai',
	us2: 'https://api.us2.extend.app',
	eu: 'https://api.eu1.extend.ai',
} as const;

/** The API version that this package speaks; it belongs to the code, not to the credential. */
export const API_VERSION = '2026-02-09';

/** Where people look at workflows and runs, by region (Extend's documentation, "Regions"). */
export const DASHBOARD_URLS: Readonly<Record<keyof typeof REGION_BASE_URLS, string>> = {
	us: 'https://dashboard.extend.ai',
	us2: 'https://dashboard.us2.extend.app',
	eu: 'https://dashboard.eu1.extend.ai',
};

/** What the `extendApi` credential holds. */
export interface ExtendApiCredential {
	apiToken: string;
	/** Absent in a credential that was made without the editor; then it is `us`. */
	region?: keyof typeof REGION_BASE_URLS | 'custom';
	baseUrl?: string;
	workspaceId?: string;
}

/** Whether a host name can only mean this machine. */
export function isLoopbackHost(hostname: string): boolean {
	const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
	return (
		host === 'localhost' ||
		host.endsWith('.localhost') ||
		host === '::1' ||
		/^127(\.\d{1,3}){3}$/.test(host)
	);
}

/**
 * Tells why the API token must not be sent to this address, or `undefined` if it may.
 * The token goes over https only; plain http is for a service on this machine.
 */
export function whyNotABaseUrl(address: string): string | undefined {
	let url: URL;
	try {
		url = new URL(address);
	} catch {
		return 'it is not a complete URL such as https://api.example.com';
	}
	// Such an address makes the HTTP client send them in the place of the token.
	if (url.username !== '' || url.password !== '') return 'it contains a user name or a password';
	if (url.protocol === 'https:') return undefined;
	if (url.protocol !== 'http:') return 'it does not begin with https://';
	if (isLoopbackHost(url.hostname)) return undefined;
	return 'plain http would send the API token unencrypted, so it works only for an address on this machine';
}

/** The base URL of a credential, without a slash at its end; empty if it has none. */
export function baseUrlOf(credential: Partial<ExtendApiCredential>): string {
	const { region = 'us', baseUrl = '' } = credential;
	const known: Partial<Record<string, string>> = REGION_BASE_URLS;
	const address = region === 'custom' ? cleaned(baseUrl) : (known[region] ?? '');
	return address.replace(/\/+$/, '');
}

/** The dashboard that goes with a base URL; `undefined` for one that is not Extend's own. */
export function dashboardUrlOf(baseUrl: string): string | undefined {
	const regions = Object.keys(DASHBOARD_URLS) as Array<keyof typeof DASHBOARD_URLS>;
	const region = regions.find((name) => REGION_BASE_URLS[name] === baseUrl);
	return region && DASHBOARD_URLS[region];
}
