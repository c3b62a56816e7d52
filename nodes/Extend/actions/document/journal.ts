import { hash } from 'crypto';
import type { IExecuteFunctions } from 'n8n-workflow';

import type { Sending } from '../../../extend/runs/creation';

/** What the node keeps of a run from the moment before its request leaves. n8n stores it with the execution. */
export interface JournalEntry extends Sending {
	/** The id of the request, which the reference in the run carries too. */
	submission: string;
	/** n8n's index of the node run that sent it. */
	runIndex: number;
	/** Which Extend account it went to; see `ExtendClient.account`. */
	account: string;
	item: number;
	/** What was to be done with which document, as a digest. */
	task: string;
	/** Whether the run carries the reference, without which it cannot be found. */
	hasReference: boolean;
	/** Extend's id of the run, once it is known that it was created. */
	runId?: string;
}

interface JournalState {
	/** By the ids of their requests. */
	entries: Record<string, JournalEntry>;
	/** The run of the node to which the created runs belong. */
	runIndex: number;
}

const CONTEXT_KEY = 'extendDocumentJournal';

/** Requests of earlier runs of the node of which it is still not known what became. */
const MOST_OPEN_ENTRIES_OF_OTHER_RUNS = 100;

/** A digest of what is to be done, to tell whether an item still asks for the same. */
export function taskId(task: unknown): string {
	return hash('sha256', JSON.stringify(task), 'base64').slice(0, 16);
}

/**
 * What this node has sent. n8n's Retry On Fail, and the Retry of a failed execution, run the whole node again
 * with all items; the journal lies in the node context, which survives both. A run that was created counts in
 * its own run of the node only, because another one may be the next turn of a loop; one of which that is not
 * known counts in every run, because an agent's tool has a new run index for each try.
 */
export class Journal {
	/** What earlier tries have sent and no item has taken over yet, by task. */
	private readonly earlier = new Map<string, JournalEntry[]>();

	private constructor(
		private readonly state: JournalState,
		private readonly runIndex: number,
		private readonly account: string,
	) {
		for (const entry of Object.values(state.entries)) {
			if (entry.account !== account) continue;
			const same = this.earlier.get(entry.task);
			if (same === undefined) this.earlier.set(entry.task, [entry]);
			else same.push(entry);
		}
	}

	/** @param account which Extend account is used now; entries of others are left alone */
	static open(context: IExecuteFunctions, account: string): Journal {
		const nodeContext = context.getContext('node');
		const runIndex = context.getWorkflowDataProxy(0).$runIndex as number;
		const empty: JournalState = { entries: {}, runIndex };
		const state = (nodeContext[CONTEXT_KEY] ??= empty) as JournalState;
		if (state.runIndex !== runIndex) {
			const open = Object.entries(state.entries).filter(([, { runId }]) => runId === undefined);
			state.entries = Object.fromEntries(open.slice(-MOST_OPEN_ENTRIES_OF_OTHER_RUNS));
			state.runIndex = runIndex;
		}
		return new Journal(state, runIndex, account);
	}

	/** What an earlier try has sent for an item, if it asked for the same. */
	recall(item: number, task: string): JournalEntry | undefined {
		const entries = this.earlier.get(task) ?? [];
		const index = entries.findIndex((entry) =>
			entry.runIndex === this.runIndex ? entry.item === item : entry.runId === undefined,
		);
		return index < 0 ? undefined : entries.splice(index, 1)[0];
	}

	/** Notes, before the bytes leave, that a run may be created from here on. */
	sending(request: Omit<JournalEntry, 'runIndex' | 'account' | 'runId'>): JournalEntry {
		const { runIndex, account } = this;
		const entry = { ...request, runIndex, account };
		this.state.entries[entry.submission] = entry;
		return entry;
	}

	/** Forgets a request: nothing was created, or what was created came to nothing. */
	forget({ submission }: JournalEntry): void {
		Reflect.deleteProperty(this.state.entries, submission);
	}

	/** Forgets the runs that were created: every item has left the node well, so n8n will not try it again. */
	close(): void {
		const open = Object.entries(this.state.entries).filter(([, { runId }]) => runId === undefined);
		this.state.entries = Object.fromEntries(open);
	}
}
