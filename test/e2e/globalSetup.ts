import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ensureN8n } from '../harness/n8n/install';
import { startN8n } from '../harness/n8n/instance';
import { buildPackage, REPOSITORY } from '../harness/n8n/packedPackage';
import { createProgress } from '../harness/n8n/progress';

import { keepRunning } from '../harness/e2e/running';

/** Starts the one n8n that all end-to-end tests share, with the package as it would be published. */
export default async function globalSetup(): Promise<void> {
	const progress = createProgress(process.stderr);
	progress.step('');
	const install = await ensureN8n({ progress });
	progress.step('Building and packing the package.');
	await buildPackage();
	const userFolder = await mkdtemp(join(tmpdir(), 'n8n-nodes-extend-ai-e2e-'));
	const instance = await startN8n({
		install,
		userFolder,
		packageDirectory: REPOSITORY,
		logFile: join(REPOSITORY, 'test-output', 'e2e-n8n.log'),
	});
	progress.step(`n8n ${install.version} is ready (${Math.round(instance.startMs / 1000)} s).`);
	keepRunning({ instance, userFolder });
}
