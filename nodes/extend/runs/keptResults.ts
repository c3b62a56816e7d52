import type { IDataObject } from 'n8n-workflow';

/** Most bytes of results kept so that they need not be fetched again: for each batch, and for all. */
export const MOST_KEPT_BYTES = 16 * 1024 * 1024;
export const MOST_KEPT_BYTES_IN_ALL = 128 * 1024 * 1024;

let bytesInAll = 0;

/** Results of the runs of one batch, as far as there is room for them. */
export class KeptResults {
	private readonly results = new Map<
		string,
		{ status: string; json: IDataObject; bytes: number }
	>();

	private bytes = 0;

	/** @param most most bytes for the batch */
	constructor(private readonly most = MOST_KEPT_BYTES) {}

	/**
	 * Keeps the result of a run, in the place of an earlier one, while there is room.
	 * @param bytes its size as JSON
	 */
	keep(runId: string, status: string, json: IDataObject, bytes: number): void {
		const more = bytes - (this.results.get(runId)?.bytes ?? 0);
		if (this.bytes + more > this.most) return;
		if (bytesInAll + more > MOST_KEPT_BYTES_IN_ALL) return;
		this.results.set(runId, { status, json, bytes });
		this.bytes += more;
		bytesInAll += more;
	}

	/** The result of a run, if it is kept and the run has not moved on since. */
	of(runId: string, status: string): IDataObject | undefined {
		const kept = this.results.get(runId);
		return kept?.status === status ? kept.json : undefined;
	}

	/** Frees everything. */
	clear(): void {
		bytesInAll -= this.bytes;
		this.bytes = 0;
		this.results.clear();
	}
}
