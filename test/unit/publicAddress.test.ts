import {
	canBeReached,
	isPrivateHost,
	isSameAddress,
	isWholeAddress,
	whyNotFetched,
} from '../../nodes/extend/publicAddress';

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
	])('is fetched: %s for an Extend at %s', (address, api) => {
		expect(whyNotFetched(address, api)).toBeUndefined();
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
