import { parse } from 'flatted';

import type { ExecutionStatus, Item, NodeFailure, NodeRun } from './n8nData';

/** The record of an execution as the REST interface gives it: `data` is "flatted" JSON. */
export interface ExecutionRecord {
	id: string;
	status: ExecutionStatus;
	startedAt?: string;
	stoppedAt?: string | null;
	data?: string;
}

interface ExecutionData {
	resultData?: {
		runData?: { [node: string]: NodeRun[] };
		error?: NodeFailure;
		lastNodeExecuted?: string;
	};
}

/** What an execution came to, with ways to ask for a node's part in it. */
export class Execution {
	readonly id: string;

	readonly status: ExecutionStatus;

	private readonly result: NonNullable<ExecutionData['resultData']>;

	constructor(record: ExecutionRecord) {
		this.id = record.id;
		this.status = record.status;
		const data = record.data ? (parse(record.data) as ExecutionData | undefined) : undefined;
		this.result = data?.resultData ?? {};
	}

	/** Whether it has come to its end, good or bad. */
	get ended(): boolean {
		return !['new', 'running', 'waiting', 'unknown'].includes(this.status);
	}

	/** What ended it, if it did not succeed. */
	get error(): NodeFailure | undefined {
		return this.result.error;
	}

	/** The names of the nodes that ran. */
	get nodes(): string[] {
		return Object.keys(this.result.runData ?? {});
	}

	/** All runs of a node; a node in a loop has several. */
	runs(node: string): NodeRun[] {
		return this.result.runData?.[node] ?? [];
	}

	/** The items a node put out, by default in its last run and on its first output. */
	items(node: string, output = 0): Item[] {
		return this.runs(node).at(-1)?.data?.main[output] ?? [];
	}

	/** How a node failed, when it did. */
	failure(node: string): NodeFailure | undefined {
		return this.runs(node).at(-1)?.error;
	}

	/** The notes a node left in its output panel. */
	hints(node: string): string[] {
		return this.runs(node).flatMap(({ hints }) => (hints ?? []).map(({ message }) => message));
	}

	/** How long a node took, in milliseconds. */
	milliseconds(node: string): number {
		return this.runs(node).reduce((sum, { executionTime }) => sum + executionTime, 0);
	}
}

/** The input items an output item is linked to. */
export function linkedItems(item: Item): number[] {
	const links = item.pairedItem === undefined ? [] : [item.pairedItem].flat();
	return links.map((link) => (typeof link === 'number' ? link : link.item));
}
