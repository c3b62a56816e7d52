import { N8nClient } from '../n8n/client';
import type { N8nInstance } from '../n8n/instance';

/** What the setup leaves for the teardown. */
export interface Running {
	instance: N8nInstance;
	userFolder: string;
}

const URL_VARIABLE = 'E2E_N8N_URL';
const SESSION_VARIABLE = 'E2E_N8N_SESSION';

let running: Running | undefined;

/** Remembers the n8n of the suite. Test files have their own globals, so its address goes through the environment. */
export function keepRunning(started: Running): void {
	running = started;
	process.env[URL_VARIABLE] = started.instance.url;
	process.env[SESSION_VARIABLE] = started.instance.client.session;
	Object.assign(globalThis, { __e2eRunning: started });
}

/** The n8n of the suite, for the teardown. */
export function takeRunning(): Running | undefined {
	return running ?? (globalThis as { __e2eRunning?: Running }).__e2eRunning;
}

/** The n8n of the suite, for a test file; all share one session, because n8n limits how often one may sign in. */
export function runningN8n(): N8nClient {
	const { [URL_VARIABLE]: url, [SESSION_VARIABLE]: session } = process.env;
	if (url) return new N8nClient(url, session);
	throw new Error('No n8n is running: start the suite with `npm run test:e2e`.');
}
