import { REPOSITORY } from '../harness/n8n/packedPackage';
import { runScript, unpackPackage } from './unpackedPackage';

interface Outcome {
	passed: boolean;
	message?: string;
	details?: string;
}

describe("the rules of n8n's verification scanner", () => {
	test('hold for the sources', async () => {
		const outcome = await runScript<Outcome>('scan.mjs', REPOSITORY, 'sources');
		expect(outcome).toEqual({ passed: true });
	}, 120_000);

	test('hold for the package', async () => {
		const unpacked = await unpackPackage();
		try {
			const outcome = await runScript<Outcome>('scan.mjs', unpacked.directory, 'package');
			expect(outcome).toEqual({ passed: true });
		} finally {
			await unpacked.remove();
		}
	}, 180_000);
});
