import type { Backend } from './backend';
import type { ActiveFault } from '../http/faults';
import type { RequestCounts } from './ledger';
import type { OtherClientCounts } from '../http/limiter';
import type { RunStatus } from '../runs/runs';
import type { RateCategory, SimulatorSettings } from './settings';

/** The state of the simulator at a glance. */
export interface SimulatorSummary {
	settings: SimulatorSettings;
	faults: readonly ActiveFault[];
	/** Calls by category and status; status 0 means that no answer was sent. */
	requests: RequestCounts;
	otherClient: Record<RateCategory, OtherClientCounts>;
	batches: number;
	runs: number;
	uploads: number;
	deliveries: number;
	/** Runs of the main workspace by status. */
	runStatuses: Partial<Record<RunStatus, number>>;
	/** Workflows of the main workspace, newest first. */
	workflows: Array<{ id: string; name: string; versions: string[] }>;
}

/** Sums up what the simulator holds. */
export function summarize(backend: Backend): SimulatorSummary {
	const { ledger, limiter, settings } = backend;
	const now = backend.now();
	limiter.advance(now);
	return {
		settings,
		faults: backend.faults.list(),
		requests: ledger.counts(),
		otherClient: limiter.otherClient,
		batches: ledger.batches.length,
		runs: ledger.runs.length,
		uploads: ledger.uploads.length,
		deliveries: ledger.deliveries.length,
		runStatuses: backend.main.runs.countByStatus(now),
		workflows: [...backend.main.workflows.values()].reverse().map(({ id, name, versions }) => ({
			id,
			name,
			versions: versions.map(({ version }) => version),
		})),
	};
}
