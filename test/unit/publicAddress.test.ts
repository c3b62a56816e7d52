import { canBeReached, isPrivateHost } from '../../nodes/extend/publicAddress';

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
		'local.example.com',
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
