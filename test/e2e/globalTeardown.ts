import { rm } from 'node:fs/promises';

import { takeRunning } from '../harness/e2e/running';

/** Ends n8n and removes its data. */
export default async function globalTeardown(): Promise<void> {
	const running = takeRunning();
	if (!running) return;
	await running.instance.stop();
	await rm(running.userFolder, { recursive: true, force: true, maxRetries: 3 });
}
