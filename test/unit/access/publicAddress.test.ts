import { BlockList } from 'node:net';

import fc from 'fast-check';

import {
	canBeReached,
	isPrivateHost,
	isSameAddress,
	isWholeAddress,
	whyNotFetched,
} from '../../../nodes/extend/access/publicAddress';

const EXTEND = 'https://api.extend.ai';

describe('an address', () => {
	it.each([
		'localhost',
		'n8n.localhost',
		'127.0.0.1',
		'127.1.2.3',
		'0.0.0.0',
		'10.0.0.5',
		'172.16.0.1',
		'172.31.255.1',
		'192.168.1.10',
		'169.254.1.1',
		'100.64.0.1',
		'n8n',
		'n8n.local',
		'n8n.local.',
		'box.fritz.home.arpa',
		'n8n.svc.cluster.local',
		'[::1]',
		'[::]',
		'[fd00::1]',
		'[fe80::1]',
		'[::ffff:10.0.0.1]',
		'n8n.local..',
		'LOCALHOST',
		'localhost.',
		'n8n.localdomain',
		'metadata.google.internal',
		'169.254.169.254',
		'2130706433',
		'0x7f000001',
		'0177.0.0.1',
		'127.1',
		'0xa.1',
		'3232235777',
		'１２７.0.0.1',
		'224.0.0.1',
		'255.255.255.255',
		'198.18.0.1',
		'[::ffff:127.0.0.1]',
		'[0:0:0:0:0:ffff:7f00:1]',
		'[::127.0.0.1]',
		'[::ffff:169.254.169.254]',
		'[64:ff9b::127.0.0.1]',
		'[64:ff9b:1::a00:1]',
		'[2002:7f00:1::]',
		'[2001:0:53aa:64c:0:0:0:1]',
		'[fec0::1]',
		'[ff02::1]',
		'[FD00::1]',
		'home.arpa',
	])('with the host %s is private', (host) => {
		expect(isPrivateHost(host)).toBe(true);
		expect(canBeReached(`https://${host}/webhook/1`, EXTEND)).toBe(false);
	});

	it.each([
		'n8n.example.com',
		'8.8.8.8',
		'172.32.0.1',
		'100.128.0.1',
		'10.example.com',
		'10.0.0.1.example.com',
		'fd.example.com',
		'[2001:db8::1]',
		'[2001:4860:4860::8888]',
		'[2a00:1450::1]',
		'local.example.com',
		'localhost.example.com',
		'192.169.0.1',
		'223.255.255.1',
		'bücher.example',
		'n8n.example.com.',
		'134744072',
	])('with the host %s is public', (host) => {
		expect(canBeReached(`https://${host}/webhook/1`, EXTEND)).toBe(true);
	});

	it('that is private can be reached from an Extend that is as near', () => {
		expect(canBeReached('http://localhost:5678/webhook/1', 'http://127.0.0.1:4010')).toBe(true);
		expect(canBeReached('http://10.0.0.5/webhook/1', 'https://extend.internal')).toBe(true);
		expect(canBeReached('http://localhost:5678/webhook/1', 'https://extend.internal')).toBe(false);
		expect(canBeReached('', EXTEND)).toBe(false);
	});
});

describe('what Extend sends a link to', () => {
	const REFUSED = {
		'plain http': ['http://files.example.com/payload', EXTEND],
		'plain http to this machine, under a name that means all of it': [
			'http://0.0.0.0:4010/payload',
			'http://127.0.0.1:4010',
		],
		'plain http in a private network': ['http://minio.internal/payload', 'https://extend.internal'],
		'a user name': ['https://user@files.example.com/payload', EXTEND],
		'a password': ['https://:password@files.example.com/payload', EXTEND],
		'another protocol': ['ftp://files.example.com/payload', EXTEND],
		'a file': ['file:///etc/passwd', EXTEND],
		'another protocol on this machine': ['ftp://127.0.0.1/payload', 'http://127.0.0.1:4010'],
		'no URL': ['payload', EXTEND],
		'this machine, from the cloud': ['https://127.0.0.1/payload', EXTEND],
		'this machine, plain': ['http://localhost:5678/rest/settings', EXTEND],
		'this machine in hexadecimal': ['https://0x7f.1/payload', EXTEND],
		'this machine within IPv6': ['https://[::ffff:127.0.0.1]/payload', EXTEND],
		'the metadata of a cloud': ['https://169.254.169.254/latest/meta-data', EXTEND],
		'a private name': ['https://vault.corp/payload', EXTEND],
		'this machine, from a private network': ['https://localhost/payload', 'https://10.0.0.7'],
		'all addresses, from a private network': ['https://0.0.0.0/payload', 'https://10.0.0.7'],
		'a private network, from this machine': ['https://10.0.0.7/payload', 'http://localhost:4010'],
		'this machine, from nowhere': ['https://localhost/payload', ''],
		'a private network, from nowhere': ['https://10.0.0.7/payload', ''],
	};

	it.each(Object.entries(REFUSED))('is not fetched: %s', (_what, [address, api]) => {
		expect(whyNotFetched(address!, api!)).toEqual(expect.any(String));
	});

	it.each([
		['https://files.example.com/payload?signature=1', EXTEND],
		['https://files.example.com/payload', 'https://extend.internal'],
		['https://files.example.com/payload', 'http://127.0.0.1:4010'],
		['http://127.0.0.1:4010/payload', 'http://localhost:4010'],
		['https://[::1]/payload', 'http://127.0.0.1:4010'],
		['https://minio.internal/payload', 'https://extend.internal'],
		['https://192.168.1.4/payload', 'https://10.0.0.7'],
		['https://192.168.1.4/payload', 'https://[fd00::7]'],
		['https://[fd00::4]/payload', 'https://extend.internal'],
	])('is fetched: %s for an Extend at %s', (address, api) => {
		expect(whyNotFetched(address, api)).toBeUndefined();
	});

	it('goes over https unless both are on this machine, whatever else is wrong', () => {
		for (const api of [EXTEND, 'https://extend.internal'])
			expect(whyNotFetched('http://localhost:5678/rest', api)).toContain('https://');
	});
});

describe('an address of n8n', () => {
	it.each([
		'n8n.example.com/webhook/1',
		'n8n.example.com:5678/webhook/1',
		'localhost:5678/webhook/1',
		'//n8n.example.com/webhook/1',
		'/webhook/1',
		'"https://n8n.example.com"/webhook/1',
		'ws://n8n.example.com/webhook/1',
		'',
	])('is not whole: %s', (address) => {
		expect(isWholeAddress(address)).toBe(false);
		expect(canBeReached(address, EXTEND)).toBe(false);
		expect(canBeReached(address, 'http://localhost:4010')).toBe(false);
	});

	it.each(['https://n8n.example.com/webhook/1', 'http://localhost:5678/webhook/1'])(
		'is whole: %s',
		(address) => {
			expect(isWholeAddress(address)).toBe(true);
		},
	);

	it.each([
		['https://N8N.Example.com/webhook/1', 'https://n8n.example.com/webhook/1'],
		['HTTPS://n8n.example.com:443/webhook/1', 'https://n8n.example.com/webhook/1'],
		['http://n8n.example.com:80/webhook/1', 'http://n8n.example.com/webhook/1'],
		['https://bücher.example/webhook/1', 'https://xn--bcher-kva.example/webhook/1'],
		['https://n8n.example.com./webhook/1', 'https://n8n.example.com/webhook/1'],
		['https://n8n.example.com/webhook/ü', 'https://n8n.example.com/webhook/%c3%bc'],
		['https://n8n.example.com/webhook/%7Ea', 'https://n8n.example.com/webhook/~a'],
		['https://n8n.example.com/a/../webhook/1', 'https://n8n.example.com/webhook/1'],
		['https://n8n.example.com/webhook/1/', 'https://n8n.example.com/webhook/1'],
		['https://n8n.example.com/webhook/1#x', ' https://n8n.example.com/webhook/1'],
		['n8n.example.com/webhook', 'n8n.example.com/webhook'],
	])('means the same: %s and %s', (one, other) => {
		expect(isSameAddress(one, other)).toBe(true);
		expect(isSameAddress(other, one)).toBe(true);
	});

	it('means the same the ten thousandth time', () => {
		const isSame = () =>
			isSameAddress('https://bücher.example/', 'https://xn--bcher-kva.example/') &&
			canBeReached('https://bücher.example/', 'https://api.extend.ai');
		expect(Array.from({ length: 10_000 }, isSame).every(Boolean)).toBe(true);
	});

	it.each([
		['https://n8n.example.com/webhook/A', 'https://n8n.example.com/webhook/a'],
		['https://n8n.example.com:8443/webhook/1', 'https://n8n.example.com/webhook/1'],
		['http://n8n.example.com/webhook/1', 'https://n8n.example.com/webhook/1'],
		['https://n8n.example.com/webhook/1/other', 'https://n8n.example.com/webhook/1'],
		['https://n8n.example.com/webhook%2F1', 'https://n8n.example.com/webhook/1'],
		['https://n8n.example.com/webhook/1?a', 'https://n8n.example.com/webhook/1'],
		['n8n.example.com/webhook', 'n8n.example.com/webhooks'],
	])('means another: %s and %s', (one, other) => {
		expect(isSameAddress(one, other)).toBe(false);
	});
});

/** What is not public of IPv4 (RFC 6890 and multicast), as Node's own list of blocked ranges. */
function privateRanges(): BlockList {
	const list = new BlockList();
	const ranges: Array<[network: string, prefix: number]> = [
		['0.0.0.0', 8],
		['10.0.0.0', 8],
		['100.64.0.0', 10],
		['127.0.0.0', 8],
		['169.254.0.0', 16],
		['172.16.0.0', 12],
		['192.0.0.0', 24],
		['192.168.0.0', 16],
		['198.18.0.0', 15],
		['224.0.0.0', 3],
	];
	for (const [network, prefix] of ranges) list.addSubnet(network, prefix);
	return list;
}

describe('an IPv4 address', () => {
	const ranges = privateRanges();
	const writtenAs = (number: number) =>
		[24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');

	it('is private if it is in one of the ranges that are', () => {
		const octet = fc.nat({ max: 255 });
		const near = fc.constantFrom(0, 10, 100, 127, 169, 172, 192, 198, 223, 224, 240, 255);
		const second = fc.oneof(octet, fc.constantFrom(0, 15, 16, 31, 32, 63, 64, 127, 128, 168, 254));
		fc.assert(
			fc.property(fc.oneof(octet, near), second, octet, octet, (...parts) => {
				const address = parts.join('.');
				expect([address, isPrivateHost(address)]).toEqual([address, ranges.check(address)]);
			}),
			{ numRuns: 5_000 },
		);
	});

	it('of every block of 65,536 is', () => {
		for (let block = 0; block < 65_536; block++) {
			// 192.0.0.0/24 is the only smaller one.
			const address = writtenAs(block * 65_536 + 0x0505);
			if (isPrivateHost(address) !== ranges.check(address)) throw new Error(address);
		}
		expect(isPrivateHost('192.0.0.5')).toBe(true);
		expect(isPrivateHost('192.0.1.5')).toBe(false);
	});
});

describe('this machine', () => {
	const FROM_A_PRIVATE_NETWORK = 'https://extend.internal';

	it.each([
		'127.0.0.1',
		'127.255.0.1',
		'0.0.0.0',
		'[::]',
		'[::1]',
		'[::ffff:127.0.0.1]',
		'[::ffff:127.200.1.1]',
		'[::127.0.0.1]',
		'[::ffff:0.0.0.0]',
		'localhost',
		'a.localhost',
	])('is out of reach of another one: %s', (host) => {
		expect(canBeReached(`https://${host}/`, FROM_A_PRIVATE_NETWORK)).toBe(false);
	});

	it.each(['[::2]', '[::1:0:1]', '[::ffff:126.0.0.1]', '[fd00::1]', '10.0.0.1', '128.0.0.1'])(
		'is not any other one in a private network: %s',
		(host) => {
			expect(canBeReached(`https://${host}/`, FROM_A_PRIVATE_NETWORK)).toBe(true);
		},
	);
});

describe('what cannot be read', () => {
	it.each(['', 'a b', '[::', '[zz::1]', '999.1.1.1', '8.8.8.8[', '8.8]8.8.8'])(
		'is no public host: %j',
		(host) => {
			expect(isPrivateHost(host)).toBe(true);
		},
	);

	it('is reached by nobody, and from nowhere', () => {
		for (const address of ['nonsense', '', 'https://'])
			expect(canBeReached(address, EXTEND)).toBe(false);
		for (const api of ['nonsense', '', 'https://']) {
			expect(canBeReached('https://n8n.example.com/', api)).toBe(false);
			expect(whyNotFetched('https://files.example.com/x', api)).toBeUndefined();
		}
	});
});

it.each([
	['https://n8n.example.com../x//', 'https://n8n.example.com/x'],
	['  not an address ', 'not an address'],
	['\u00a0https://n8n.example.com/x\u00a0', 'https://n8n.example.com/x'],
	['https://n8n.example.com/%c3%bc', 'https://n8n.example.com/%C3%BC'],
])('addresses mean the same, however they are written: %j and %j', (one, other) => {
	expect(isSameAddress(one, other)).toBe(true);
});
