/**
 * What the suites of finished batches in trouble share. Waits of minutes are cut short: `later` moves the clock
 * that the nodes go by, which is not that of the simulator.
 */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { setTimeout as pause } from 'node:timers/promises';

import type { PlayedTrigger, TriggerOptions } from '../../harness/engine';
import { startSimulator, type LedgerRequest, type Simulator } from '../../simulator';
import { openTrigger, until } from './playedTrigger';

export const MINUTE = 60_000;

/** The parameters of a trigger that hears of finished batches. */
export const FINISHED_BATCHES = { events: ['batch.finished'], output: 'summary' };

/** Calls that list runs, and that fetch one, for faults. */
export const LIST = { path: '/workflow_runs', method: 'GET' };
export const ONE_RUN = { path: '/workflow_runs/*', method: 'GET' };

/** The same in the ledger. */
export const LISTS = /^\/workflow_runs\?/;
export const RUNS = /^\/workflow_runs\/workflow_run_/;

/** The json of all items, in the order in which they left. */
export function jsonOf(trigger: PlayedTrigger): IDataObject[] {
	return trigger.executions.flat().map(({ json }) => json);
}

/** A simulator and triggers that hear of finished batches, for a suite in which time can be made to pass. */
export class TroubledBench {
	private running: Simulator | undefined;

	private readonly opened: PlayedTrigger[] = [];

	private readonly realNow = performance.now.bind(performance);

	private ahead = 0;

	/** Registers what is to be done before and after the tests of a suite. */
	static use(): TroubledBench {
		const bench = new TroubledBench();
		beforeAll(async () => {
			jest.spyOn(performance, 'now').mockImplementation(() => bench.realNow() + bench.ahead);
			bench.running = await startSimulator();
		});
		beforeEach(() => {
			bench.simulator.reset();
			Object.assign(bench.simulator.settings, {
				queueMs: 20,
				processMs: 200,
				jitter: 0.5,
				slowFactor: 20,
				visibilitySpreadMs: 0,
				deliveryAttempts: 5,
				deliveryBackoffMs: 200,
				deliveryTimeoutMs: 30_000,
				deliverTwice: false,
			});
		});
		afterEach(async () => {
			bench.simulator.faults.clear();
			for (const trigger of bench.opened.splice(0)) {
				await trigger.delete();
				await trigger.close();
			}
		});
		afterAll(async () => {
			await bench.simulator.close();
			jest.restoreAllMocks();
		});
		return bench;
	}

	get simulator(): Simulator {
		return this.running!;
	}

	/** Publishes a trigger; it is unpublished when the test is over. */
	async publish(
		parameters: INodeParameters = {},
		more: Partial<TriggerOptions> = {},
	): Promise<PlayedTrigger> {
		const trigger = await openTrigger(this.simulator, { ...FINISHED_BATCHES, ...parameters }, more);
		this.opened.push(trigger);
		await trigger.publish();
		return trigger;
	}

	/** Makes time pass for the nodes. */
	later(ms: number): void {
		this.ahead += ms;
	}

	/** Status of each attempt to deliver an event; 0 where the sender had gone. */
	statuses(): number[] {
		const { deliveries } = this.simulator.ledger;
		return deliveries.flatMap(({ attempts }) => attempts.map(({ status }) => status));
	}

	/** The reads of such a path. */
	calls(path: RegExp): LedgerRequest[] {
		const { requests } = this.simulator.ledger;
		return requests.filter((request) => request.method === 'GET' && path.test(request.path));
	}

	/** Waits until Extend has nothing more to deliver. */
	async settled(): Promise<void> {
		const { deliveries } = this.simulator.ledger;
		await until(() => deliveries.every(({ outcome }) => outcome !== 'pending'), 'all is delivered');
	}

	/** Waits until something holds, while time goes by six times as fast. */
	async hurry(holds: () => boolean, what: string): Promise<void> {
		const looked = () => {
			this.later(100);
			return holds();
		};
		await until(looked, what);
	}
}

/** Waits in a hurry until the batches were reported, and a little longer, in which nothing more must come. */
export async function expectReported(
	bench: TroubledBench,
	trigger: PlayedTrigger,
	batchIds: string[],
): Promise<void> {
	await bench.hurry(() => trigger.executions.length >= batchIds.length, 'it is reported');
	await bench.settled();
	bench.later(10_000);
	await pause(500);
	expect(trigger.executions.map((items) => items[0]?.json.batchId).sort()).toEqual(
		[...batchIds].sort(),
	);
	expect(trigger.failures).toEqual([]);
	await until(() => trigger.underWay === 0, 'nobody looks after batches that are reported');
}
