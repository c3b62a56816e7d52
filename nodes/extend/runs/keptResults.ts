import type { IDataObject } from 'n8n-workflow';

/** Most of results, in bytes of JSON, kept so that they need not be fetched again: for each batch, and for all. */
export const MOST_KEPT_BYTES = 16 * 1024 * 1024;
export const MOST_KEPT_BYTES_IN_ALL = 128 * 1024 * 1024;

/** The bytes that some batches share. */
export interface KeptRoom {
	bytes: number;
	/** Most bytes of all of them. */
	readonly most: number;
}

const ROOM: KeptRoom = { bytes: 0, most: MOST_KEPT_BYTES_IN_ALL };

/**
 * Results of the runs of one batch, as far as there is room for them. They are kept as text, which takes half
 * the memory of objects, and is as large as it is counted.
 */
export class KeptResults {
	private readonly results = new Map<string, { status: string; text: string }>();

	private bytes = 0;

	/** Whether a result was too large for what the batch may have. */
	isFull = false;

	/**
	 * @param most most bytes for the batch
	 * @param room shared with other batches
	 */
	constructor(
		private readonly most = MOST_KEPT_BYTES,
		private readonly room = ROOM,
	) {}

	/**
	 * Keeps the result of a run, in the place of an earlier one, while there is room.
	 * @returns whether it is kept
	 */
	keep(runId: string, status: string, json: IDataObject): boolean {
		const { most, room } = this;
		const text = JSON.stringify(json);
		const more = text.length - (this.results.get(runId)?.text.length ?? 0);
		this.isFull ||= this.bytes + more > most;
		if (this.bytes + more > most || room.bytes + more > room.most) return false;
		this.results.set(runId, { status, text });
		this.bytes += more;
		room.bytes += more;
		return true;
	}

	/** The result of a run, if it is kept and the run has not moved on since. */
	of(runId: string, status: string): IDataObject | undefined {
		const kept = this.results.get(runId);
		return kept?.status === status ? (JSON.parse(kept.text) as IDataObject) : undefined;
	}

	/** Frees everything. */
	clear(): void {
		this.room.bytes -= this.bytes;
		this.bytes = 0;
		this.isFull = false;
		this.results.clear();
	}
}
