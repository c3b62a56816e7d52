/** What the suites of the Job Key share: one execution of a job after another, against one simulator. */
import { setTimeout as sleep } from 'node:timers/promises';

import type { IDataObject, INodeExecutionData, INodeParameters } from 'n8n-workflow';

import type { NodeRun, RunResult } from '../../harness/engine';
import type { Simulator, SimulatorSettings } from '../../simulator';
import { runBatches, urlsOf } from '../batchRun/batchRun';

/** The submit of a batch. */
export const SUBMIT = { method: 'POST', path: '/workflow_runs/batch' };

/** A job of five documents in a batch. It does not wait for what may turn up late, unless a test says so. */
export const OPTIONS = { jobKey: 'invoices-2026-11-25', settleSeconds: 0, batchSize: 5 };

/** As awkward as ever, but in milliseconds: runs are listed before they can be read, and end soon. */
export const QUICK: Partial<SimulatorSettings> = { readableDelayMs: 30, queueMs: 5, processMs: 20 };

/** Parameters of the node, and whatever else its run in n8n may be given. */
export type More = Partial<NodeRun> & { parameters?: INodeParameters };

/** The executions of a job. */
export class JobRuns {
	constructor(readonly simulator: Simulator) {}

	/** One execution of the job. */
	async execute(
		items: INodeExecutionData[],
		options: INodeParameters = {},
		{ parameters = {}, ...more }: More = {},
	): Promise<RunResult> {
		const { options: others = {}, ...rest } = parameters;
		const given = { ...OPTIONS, ...(others as INodeParameters), ...options };
		return await runBatches(this.simulator, items, { ...rest, options: given }, more);
	}

	/** The execution of a job that ends after some batches, as far as Extend can tell: n8n is killed. */
	async executeUntilKilled(
		items: INodeExecutionData[],
		nth: number,
		options: INodeParameters = {},
		more: More = {},
	): Promise<void> {
		this.simulator.faults.add({ kind: 'refuse', status: 402, on: SUBMIT, nth });
		await this.execute(items, options, more);
		this.simulator.faults.clear();
	}

	/** How many calls of a kind there were. */
	calls(method: string, path: RegExp): number {
		return this.simulator.ledger.requests.filter(
			(call) => call.method === method && path.test(call.path),
		).length;
	}

	/** Submits of batches. */
	get submits(): number {
		return this.calls('POST', /^\/workflow_runs\/batch/);
	}

	/** Pages of lists of runs. */
	get lists(): number {
		return this.calls('GET', /^\/workflow_runs\?/);
	}

	/** Runs that were read. */
	get reads(): number {
		return this.calls('GET', /^\/workflow_runs\/[^?]/);
	}

	/** The references of all runs, in the order of their creation. */
	get references(): IDataObject[] {
		return this.simulator.ledger.runs.map(({ metadata }) => metadata.n8n as IDataObject);
	}

	/** Documents with more or fewer runs than they occur. */
	notOnce(items: INodeExecutionData[]): { doubled: string[]; lost: string[] } {
		const { doubled, lost } = this.simulator.ledger.account(urlsOf(items));
		return { doubled, lost };
	}

	/** Waits until no run is under way. */
	async ended(): Promise<void> {
		for (;;) {
			const { PENDING = 0, PROCESSING = 0 } = this.simulator.summary().runStatuses;
			if (PENDING + PROCESSING === 0) return;
			await sleep(10);
		}
	}
}

/** What `notOnce` gives where all is well. */
export const ONCE = { doubled: [], lost: [] };
