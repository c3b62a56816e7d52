import { SEED_WORKFLOWS, startSimulator, TOKENS } from '../test/simulator';

import type { Service } from './service';

/** A simulator of the Extend API on this machine. */
export async function simulatedService(): Promise<Service> {
	const simulator = await startSimulator();
	return {
		name: `the simulator at ${simulator.url}`,
		credential: { apiToken: TOKENS.workspace, region: 'custom', baseUrl: simulator.url },
		workflow: simulator.workflow(SEED_WORKFLOWS.invoices),
		documentFolder: `${simulator.url}/documents`,
		accepted: () => simulator.ledger.runs.length,
		account: async (documents) => {
			const { batches, runs, doubled, lost, unexpected } = simulator.ledger.account(documents);
			return {
				documents: documents.length,
				batches,
				runs,
				doubled: doubled.length + unexpected.length,
				lost: lost.length,
			};
		},
		close: async () => {
			await simulator.close();
		},
	};
}
