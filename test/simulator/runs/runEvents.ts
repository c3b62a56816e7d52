import type { RunRecord } from './runs';
import { finishedSteps, type FinishedStep } from './stepRuns';
import { EVENT_OF_STATUS, STEP_EVENT } from '../webhooks/webhookEvents';

/** A webhook event in the life of a run. */
export interface RunEvent {
	/** Milliseconds since 1970; may lie in the future. */
	at: number;
	eventType: string;
	/** The finished step that the event is about. */
	step?: FinishedStep;
}

/** Every event of a run, past and planned, in order of time. */
export function runEvents(run: RunRecord): RunEvent[] {
	const events: RunEvent[] = finishedSteps(run).map((step) => ({
		at: step.at,
		eventType: STEP_EVENT,
		step,
	}));
	let before: string | undefined;
	for (const { at, status } of run.timeline) {
		const eventType = status === before ? undefined : EVENT_OF_STATUS[status];
		if (eventType !== undefined) events.push({ at, eventType });
		before = status;
	}
	return events.sort((left, right) => left.at - right.at);
}
