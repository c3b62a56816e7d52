import type { JsonObject } from '../http/json';

/** The confidential part of one run's input, as received. */
export interface ReceivedSecrets {
	password?: string;
	secrets?: JsonObject;
}

/**
 * Passwords and secrets as they arrived, so that a test can assert them. Kept apart from the ledger
 * and never served over HTTP, because the API never gives them back either.
 */
export class Vault {
	private readonly runs = new Map<string, ReceivedSecrets>();
	private readonly uploads = new Map<string, string>();

	keepRun(runId: string, received: ReceivedSecrets): void {
		this.runs.set(runId, received);
	}

	keepUpload(fileId: string, password: string): void {
		this.uploads.set(fileId, password);
	}

	/** What came with a run; an empty object when nothing did. */
	ofRun(runId: string): ReceivedSecrets {
		return this.runs.get(runId) ?? {};
	}

	/** The password of an upload. */
	ofUpload(fileId: string): string | undefined {
		return this.uploads.get(fileId);
	}

	/** Forgets everything. */
	clear(): void {
		this.runs.clear();
		this.uploads.clear();
	}
}
