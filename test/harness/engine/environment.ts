/**
 * The process environment of n8n's engine. n8n-core reads most of it once, while it is being
 * loaded, so every module here that imports n8n-core imports this one first.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Holds n8n's settings file and the binary data of mode `filesystem`; removed at the end. */
export const userFolder = mkdtempSync(join(tmpdir(), 'n8n-engine-'));

Object.assign(process.env, {
	// Never the developer's own ~/.n8n, where a real instance may keep its key and its data.
	N8N_USER_FOLDER: userFolder,
	// A fixed key keeps n8n from inventing one, and from complaining about one it finds elsewhere.
	N8N_ENCRYPTION_KEY: 'the-engine-under-test-has-no-secrets',
	// The newer `vm` engine needs a native module that Node 20 has no binary for.
	N8N_EXPRESSION_ENGINE: 'legacy',
	// No usage data and no error reports leave a test.
	N8N_DIAGNOSTICS_ENABLED: 'false',
	N8N_SENTRY_DSN: '',
	// What a node logs is handed to the test; n8n's own log would only blur the test report.
	N8N_LOG_LEVEL: 'silent',
	// The folder is new and private; n8n would otherwise check its mode and warn about it.
	N8N_ENFORCE_SETTINGS_FILE_PERMISSIONS: 'false',
	// Requests to a server on this machine must not take the way through a company proxy.
	NO_PROXY: ['127.0.0.1', 'localhost', process.env.NO_PROXY].filter(Boolean).join(','),
});

const removeUserFolder = () => {
	rmSync(userFolder, { recursive: true, force: true });
};

// Jest gives each test file a `process` of its own that never says `exit`.
if (typeof afterAll === 'function') afterAll(removeUserFolder);
else process.once('exit', removeUserFolder);
