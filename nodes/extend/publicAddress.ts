import { isLoopbackHost } from './regions';

/** Names that only a private network resolves. */
const PRIVATE_NAMES = /(^|\.)(local|localhost|internal|intranet|lan|home|corp|test|home\.arpa)$/;

const PRIVATE_IPV4 =
	/^(0|10|127|169\.254|192\.168|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7]))\./;

/** Loopback, unspecified, unique local and link-local addresses, and IPv4 addresses in IPv6 form. */
const PRIVATE_IPV6 = /^(::1?$|f[cd][0-9a-f]{2}:|fe[89ab][0-9a-f]:|::ffff:)/;

/** Whether a host can be reached only from the same machine or network. */
export function isPrivateHost(hostname: string): boolean {
	const host = hostname
		.replace(/^\[|\]$/g, '')
		.replace(/\.$/, '')
		.toLowerCase();
	if (isLoopbackHost(host)) return true;
	if (host.includes(':')) return PRIVATE_IPV6.test(host);
	if (/^\d+(\.\d+){3}$/.test(host)) return PRIVATE_IPV4.test(host);
	// A name without a dot, such as that of a container, means nothing outside of its network.
	return PRIVATE_NAMES.test(host) || !host.includes('.');
}

/**
 * Tells whether Extend, which answers at `apiBaseUrl`, can be expected to reach an address. An Extend
 * on this machine reaches everything here, one in a private network everything but this machine.
 */
export function canBeReached(address: string, apiBaseUrl: string): boolean {
	let host: string;
	let apiHost: string;
	try {
		host = new URL(address).hostname;
		apiHost = new URL(apiBaseUrl).hostname;
	} catch {
		return false;
	}
	if (isLoopbackHost(apiHost)) return true;
	return isPrivateHost(apiHost) ? !isLoopbackHost(host) : !isPrivateHost(host);
}
