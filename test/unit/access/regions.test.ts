import fc from 'fast-check';

import {
	REGION_BASE_URLS,
	baseUrlOf,
	dashboardUrlOf,
	isLoopbackHost,
	whyNotABaseUrl,
} from '../../../nodes/extend/access/regions';

describe('whyNotABaseUrl', () => {
	test.each([
		...Object.values(REGION_BASE_URLS),
		'https://extend.example.com',
		'https://extend.example.com:8443/extend',
		'HTTPS://EXTEND.EXAMPLE.COM',
		'https://10.0.0.5',
		'https://[2001:db8::5]',
		'http://localhost',
		'http://localhost:4010',
		'HTTP://LOCALHOST:4010',
		'http://api.localhost:4010',
		'http://127.0.0.1:4010',
		'http://127.8.9.10',
		'http://[::1]:4010',
		'http://[0:0:0:0:0:0:0:1]:4010',
	])('lets the token go to %s', (address) => {
		expect(whyNotABaseUrl(address)).toBeUndefined();
	});

	test.each([
		'http://api.extend.ai',
		'HTTP://API.EXTEND.AI',
		'http://127.0.0.1.evil.com',
		'http://127.0.0.1.evil.com:4010',
		'http://localhost.evil.com',
		'http://localhost@evil.com',
		'http://127.0.0.1:80@evil.com',
		'http://127.0.0.1%40evil.com',
		'http://evil.com/127.0.0.1',
		'http://evil.com?localhost',
		'http://evil.com#localhost',
		'http://notlocalhost',
		'http://128.0.0.1',
		'http://10.0.0.5',
		'http://0.0.0.0',
		'http://192.168.0.2',
		'http://169.254.169.254',
		'http://[::2]',
		'http://[2001:db8::1]',
		'http://１２８.0.0.1',
	])('keeps the token from %s', (address) => {
		expect(whyNotABaseUrl(address)).toMatch(/unencrypted|not a complete URL|user name/);
	});

	test.each(['', ' ', 'api.extend.ai', '/workflows', 'https://', 'http://', 'https//extend.ai'])(
		'asks for a complete URL instead of %p',
		(address) => {
			expect(whyNotABaseUrl(address)).toMatch(/not a complete URL/);
		},
	);

	test.each(['ftp://extend.ai', 'file:///etc/hosts', 'javascript:alert(1)', 'localhost:4010'])(
		'asks for https instead of %s',
		(address) => {
			expect(whyNotABaseUrl(address)).toMatch(/begin with https/);
		},
	);

	test('lets the token go unencrypted to no host name but those of this machine', () => {
		fc.assert(
			fc.property(fc.domain(), (domain) => {
				fc.pre(!domain.toLowerCase().endsWith('.localhost'));
				expect(whyNotABaseUrl(`http://${domain}`)).toBeDefined();
				expect(whyNotABaseUrl(`http://localhost.${domain}`)).toBeDefined();
				expect(whyNotABaseUrl(`https://${domain}`)).toBeUndefined();
			}),
		);
	});

	test('lets the token go unencrypted to no IPv4 address but those of 127.0.0.0/8', () => {
		fc.assert(
			fc.property(fc.ipV4(), (ip) => {
				const objection = whyNotABaseUrl(`http://${ip}:8080`);
				expect(objection === undefined).toBe(ip.startsWith('127.'));
			}),
			{ examples: [['127.0.0.1'], ['126.0.0.1'], ['12.7.0.1']] },
		);
	});
});

describe('isLoopbackHost', () => {
	test.each(['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '::1', '[::1]'])(
		'knows %s',
		(host) => {
			expect(isLoopbackHost(host)).toBe(true);
		},
	);

	test.each(['', 'localhost.com', 'alocalhost', '127.0.0.1.com', '127.0.0', '1127.0.0.1', '::11'])(
		'does not fall for %p',
		(host) => {
			expect(isLoopbackHost(host)).toBe(false);
		},
	);
});

describe('baseUrlOf', () => {
	test('goes by the region', () => {
		expect(baseUrlOf({})).toBe('https://api.extend.ai');
		expect(baseUrlOf({ region: 'us', baseUrl: 'https://left.over' })).toBe('https://api.extend.ai');
		expect(baseUrlOf({ region: 'us2' })).toBe('https://api.us2.extend.app');
		expect(baseUrlOf({ region: 'eu' })).toBe('https://api.eu1.extend.ai');
	});

	test('takes an address of one own, without spaces around and slashes behind it', () => {
		const custom = (baseUrl?: string) => baseUrlOf({ region: 'custom', baseUrl });
		expect(custom(' https://extend.example.com// ')).toBe('https://extend.example.com');
		expect(custom('https://example.com/extend/')).toBe('https://example.com/extend');
		expect(custom('')).toBe('');
		expect(custom()).toBe('');
	});
});

test.each(['https://user:pw@extend.example.com', 'https://user@extend.example.com'])(
	'refuses %s, which makes the HTTP client send a password instead of the token',
	(address) => {
		expect(whyNotABaseUrl(address)).toMatch(/user name/);
	},
);

test('knows the dashboard of each region, and none of an address of its own', () => {
	const dashboardOf = (credential: Parameters<typeof baseUrlOf>[0]) =>
		dashboardUrlOf(baseUrlOf(credential));
	expect(dashboardOf({ region: 'us' })).toBe('https://dashboard.extend.ai');
	expect(dashboardOf({ region: 'us2' })).toBe('https://dashboard.us2.extend.app');
	expect(dashboardOf({ region: 'eu' })).toBe('https://dashboard.eu1.extend.ai');
	expect(dashboardOf({ region: 'custom', baseUrl: 'https://api.eu1.extend.ai/' })).toBe(
		'https://dashboard.eu1.extend.ai',
	);
	expect(dashboardOf({ region: 'custom', baseUrl: 'https://my.own' })).toBeUndefined();
});
