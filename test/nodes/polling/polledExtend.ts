/** What the suites of Extend Polling Trigger share: a simulator whose time can be made to pass, and played triggers. */
import type { INodeParameters } from 'n8n-workflow';

import { ExtendApi } from '../../../credentials/ExtendApi.credentials';
import { ExtendPollingTrigger } from '../../../nodes/ExtendPollingTrigger/ExtendPollingTrigger.node';
import { playPolling, type PlayedPolling, type PollingOptions } from '../../harness/engine';
import { startSimulator, type Simulator } from '../../simulator';
import { credentialsFor } from '../batchRun/batchRun';

export const MINUTE = 60_000;

/** A simulator, and time that passes at once, for Extend and for n8n. */
export class PolledExtend {
	private running: Simulator | undefined;

	private ahead = 0;

	/** Registers what is to be done before and after the tests of a suite. */
	static use(): PolledExtend {
		const extend = new PolledExtend();
		const realDate = Date.now.bind(Date);
		const realSteady = performance.now.bind(performance);
		beforeAll(async () => {
			jest.spyOn(Date, 'now').mockImplementation(() => realDate() + extend.ahead);
			jest.spyOn(performance, 'now').mockImplementation(() => realSteady() + extend.ahead);
			extend.running = await startSimulator();
		});
		beforeEach(() => {
			extend.simulator.reset();
			extend.later(60 * MINUTE);
		});
		afterAll(async () => {
			await extend.simulator.close();
			jest.restoreAllMocks();
		});
		return extend;
	}

	get simulator(): Simulator {
		return this.running!;
	}

	/** Makes time pass. */
	later(ms: number): void {
		this.ahead += ms;
	}

	/** A trigger that is not published yet. */
	trigger(parameters: INodeParameters = {}, more: Partial<PollingOptions> = {}): PlayedPolling {
		return playPolling({
			node: new ExtendPollingTrigger(),
			parameters,
			credentials: credentialsFor(this.simulator),
			credentialTypes: [new ExtendApi()],
			...more,
		});
	}

	/** How many calls something takes. */
	async callsOf(work: () => Promise<unknown>): Promise<number> {
		const before = this.simulator.ledger.requests.length;
		await work();
		return this.simulator.ledger.requests.length - before;
	}
}

/** The batches in all executions, each as often as it was reported, with the number of its items. */
export function reportedBatches({ executions }: PlayedPolling): Array<[string, number]> {
	return executions.flatMap((items) => {
		const counts = new Map<string, number>();
		for (const { json } of items) {
			const batchId = json.batchId as string;
			counts.set(batchId, (counts.get(batchId) ?? 0) + 1);
		}
		return [...counts];
	});
}
