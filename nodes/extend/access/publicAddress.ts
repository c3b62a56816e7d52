import { isLoopbackHost } from './regions';

/** From where a host can be reached: only from its own machine, only from its own network, or from anywhere. */
type Reach = 'machine' | 'network' | 'anywhere';

/** Names that only a private network resolves. */
const PRIVATE_NAMES =
	/(^|\.)(local|localhost|localdomain|internal|intranet|private|lan|home|corp|test|home\.arpa)$/;

/** Besides private networks: carriers' networks, benchmarks, multicast and what is reserved (RFC 6890). */
const PRIVATE_IPV4 =
	/^(10|169\.254|192\.168|192\.0\.0|198\.1[89]|172\.(1[6-9]|2\d|3[01])|100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])|22[4-9]|2[34]\d|25[0-5])\./;

/** Unspecified addresses lead to this machine too. */
const MACHINE_IPV4 = /^(0|127)\./;

/** The same in IPv6, also as an IPv4 address within. */
const MACHINE_IPV6 = /^::(1?$|(ffff:)?(0|7f[0-9a-f]{2}):)/;

/**
 * Unique local, link-local, site-local and multicast addresses, and every form that carries an IPv4 address
 * (mapped, compatible, NAT64, 6to4, Teredo): where these lead is up to the network.
 */
const PRIVATE_IPV6 =
	/^(::|f[cd][0-9a-f]{2}:|fe[89a-f][0-9a-f]:|ff[0-9a-f]{2}:|64:ff9b:|100:(:|0:)|2001:(:|0:)|2002:)/;

/** Not by `URL.canParse`: that of Node 20 refuses umlauts once it has been called often enough. */
function read(address: string): URL | undefined {
	try {
		return new URL(address);
	} catch {
		return undefined;
	}
}

function withoutBrackets(hostname: string): string {
	return hostname.replace(/^\[|\]$/g, '');
}

/** A host as `URL` writes it, whatever form its address has, without brackets and dots at the end. */
function plainHost(hostname: string): string | undefined {
	const bare = withoutBrackets(hostname);
	const url = read(`https://${bare.includes(':') ? `[${bare}]` : bare}`);
	return url && withoutBrackets(url.hostname).replace(/\.+$/, '');
}

function reachOf(hostname: string): Reach {
	const host = plainHost(hostname);
	// What nobody can read is no public host.
	if (host === undefined) return 'network';
	if (isLoopbackHost(host)) return 'machine';
	if (host.includes(':')) {
		if (MACHINE_IPV6.test(host)) return 'machine';
		return PRIVATE_IPV6.test(host) ? 'network' : 'anywhere';
	}
	// `URL` takes every host that ends in a number for an IPv4 address.
	if (/\.\d+$/.test(host)) {
		if (MACHINE_IPV4.test(host)) return 'machine';
		return PRIVATE_IPV4.test(host) ? 'network' : 'anywhere';
	}
	// A name without a dot, such as that of a container, means nothing outside of its network.
	return PRIVATE_NAMES.test(host) || !host.includes('.') ? 'network' : 'anywhere';
}

/**
 * Whether a host can be reached only from the same machine or network. Addresses are known in all their
 * forms; a public name that leads to a private address is not, because nothing is looked up.
 */
export function isPrivateHost(hostname: string): boolean {
	return reachOf(hostname) !== 'anywhere';
}

function readWhole(address: string): URL | undefined {
	const url = read(address);
	return url?.protocol === 'https:' || url?.protocol === 'http:' ? url : undefined;
}

/** Whether an address is whole, that is, begins with `https://` or `http://` and names a host. */
export function isWholeAddress(address: string): boolean {
	return readWhole(address) !== undefined;
}

/**
 * Tells whether Extend, which answers at `apiBaseUrl`, can be expected to reach an address. An Extend
 * on this machine reaches everything here, one in a private network everything but this machine.
 */
export function canBeReached(address: string, apiBaseUrl: string): boolean {
	const host = readWhole(address)?.hostname;
	const apiHost = read(apiBaseUrl)?.hostname;
	if (host === undefined || apiHost === undefined) return false;
	const from = reachOf(apiHost);
	if (from === 'machine') return true;
	return from === 'network' ? reachOf(host) !== 'machine' : reachOf(host) === 'anywhere';
}

/**
 * Tells why n8n must not fetch an address that Extend sent, or `undefined` if it may. Extend's own address
 * is trusted, so private hosts are as good as public ones only if Extend is as near: on this machine, or in a
 * private network. Everything goes over https but what stays on this machine.
 */
export function whyNotFetched(address: string, apiBaseUrl: string): string | undefined {
	const url = read(address);
	if (url === undefined) return 'it is not a URL';
	if (url.username !== '' || url.password !== '') return 'it contains a user name or a password';
	const api = read(apiBaseUrl);
	const reach = reachOf(url.hostname);
	const isAsNear = api !== undefined && reach === reachOf(api.hostname);
	const isHere = isAsNear && isLoopbackHost(url.hostname);
	if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isHere)) {
		return 'it does not begin with https://';
	}
	return reach === 'anywhere' || isAsNear
		? undefined
		: 'it leads to a private address, and Extend itself is not there';
}

/** One way of writing an address of which there are many. */
function normalForm(address: string): string {
	const url = read(address.trim());
	if (url === undefined) return address.trim();
	url.hostname = url.hostname.replace(/\.+$/, '');
	url.pathname = url.pathname.replace(/\/+$/, '');
	url.hash = '';
	return url.href.replace(/%[0-9a-f]{2}/gi, (code) => {
		const character = String.fromCharCode(parseInt(code.slice(1), 16));
		return /[\w.~-]/.test(character) ? character : code.toUpperCase();
	});
}

/**
 * Whether two addresses mean the same, however they are written: capitals in the host, the port that goes
 * without saying, letters beyond ASCII as themselves or encoded (RFC 3986, section 6.2).
 */
export function isSameAddress(one: string, other: string): boolean {
	return normalForm(one) === normalForm(other);
}
