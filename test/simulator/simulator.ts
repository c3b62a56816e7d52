import type { AddressInfo } from 'node:net';

import { Backend } from './world/backend';
import { emit, type EventToEmit } from './webhooks/emission';
import { Exchange } from './http/exchange';
import type { ActiveFault, Fault } from './http/faults';
import { reviewRun, type ReviewDecision } from './runs/humanReview';
import type { Ledger } from './world/ledger';
import { buildServer } from './http/server';
import { changeSettings, defaultSettings, type SimulatorSettings } from './world/settings';
import { summarize, type SimulatorSummary } from './world/summary';
import type { Vault } from './world/vault';

const HOST = '127.0.0.1';

/** How to start a simulator. */
export interface StartOptions {
	/** TCP port on the loopback address; 0 (default) picks a free one. */
	port?: number;
	/** Settings that differ from the defaults. */
	settings?: Partial<SimulatorSettings>;
}

/** The faults of a running simulator. */
export interface FaultControl {
	/** Puts a fault in place; the handle counts the calls it saw and struck. */
	add(fault: Fault): ActiveFault;
	/** Takes one fault away by its id, or all of them. */
	clear(id?: string): void;
	/** The faults in place, oldest first. */
	list(): readonly ActiveFault[];
}

/** A workflow of the simulator. */
export interface SeededWorkflow {
	id: string;
	name: string;
}

/** A running simulator of the Extend API. */
export interface Simulator {
	/** Address of the API, such as `http://127.0.0.1:4010`. */
	readonly url: string;
	/** Settings; may be changed at any time and take effect at once. */
	readonly settings: SimulatorSettings;
	readonly faults: FaultControl;
	/** What really happened. */
	readonly ledger: Ledger;
	/** Passwords and secrets as received. */
	readonly vault: Vault;
	/** Workflows of the main workspace, newest first. */
	readonly workflows: readonly SeededWorkflow[];
	/** The workflow of the main workspace with this name. Throws when there is none. */
	workflow(name: string): SeededWorkflow;
	/** Adds `count` numbered workflows to the main workspace. */
	addWorkflows(count: number): SeededWorkflow[];
	/** Deletes a workflow of the main workspace; its runs stay. Throws when there is none. */
	removeWorkflow(id: string): void;
	/** Ends the review of a run in `NEEDS_REVIEW`. Throws when it is not in review. */
	review(runId: string, decision: ReviewDecision): void;
	/** Sends a webhook event that no call of the API causes. Gives its id. */
	emit(event: EventToEmit): string;
	/** The state at a glance. */
	summary(): SimulatorSummary;
	/** Back to the start: no runs, no faults, an empty ledger, the settings it was started with. */
	reset(): void;
	/** Ends every connection and timer. */
	close(): Promise<void>;
}

/** Starts a simulator of the Extend API (version 2026-02-09) that listens on 127.0.0.1 only. */
export async function startSimulator(options: StartOptions = {}): Promise<Simulator> {
	const settings = defaultSettings();
	changeSettings(settings, options.settings ?? {});
	const backend = new Backend(settings);
	const exchange = new Exchange(backend);
	const server = await buildServer(backend, exchange);
	await server.listen({ host: HOST, port: options.port ?? 0 });
	backend.url = `http://${HOST}:${(server.server.address() as AddressInfo).port}`;
	return {
		url: backend.url,
		settings,
		faults: backend.faults,
		ledger: backend.ledger,
		vault: backend.vault,
		get workflows() {
			return summarize(backend).workflows;
		},
		workflow: (name) => {
			const found = [...backend.main.workflows.values()].find((entry) => entry.name === name);
			if (found) return found;
			throw new Error(`The simulator has no workflow named ${name}`);
		},
		addWorkflows: (count) => backend.addWorkflows(count),
		removeWorkflow: (id) => {
			backend.removeWorkflow(id);
		},
		review: (runId, decision) => {
			reviewRun(backend, runId, decision);
		},
		emit: (event) => emit(backend, event),
		summary: () => summarize(backend),
		reset: () => {
			backend.reset();
		},
		close: async () => {
			exchange.close();
			backend.close();
			await server.close();
		},
	};
}
