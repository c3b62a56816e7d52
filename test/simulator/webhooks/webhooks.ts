import { Deliveries, type DeliveryContext, type WebhookEvent } from './deliveries';
import { newId } from '../world/ids';
import { runAnswer } from '../runs/runAnswers';
import { runEvents, type RunEvent } from '../runs/runEvents';
import { redirect, type RunRecord, type Transition } from '../runs/runs';
import { stepRunAnswer } from '../runs/stepRuns';
import { workflowAnswer, type WorkflowRecord } from '../world/workflows';
import type { Workspace } from '../world/workspace';

/** Something that happened, before it is known who wants to hear of it. */
export interface Happening {
	eventType: string;
	/** Id of the run, step run, workflow … that it is about. */
	subjectId: string;
	/** The extractor, classifier, splitter or workflow whose subscriptions hear of it. */
	resourceId?: string;
	payload: () => unknown;
	metadata?: unknown;
}

/** What webhooks need of the simulator. */
export type WebhookContext = Omit<DeliveryContext, 'exists'> & {
	workspaces: () => Iterable<Workspace>;
};

/**
 * Sends the events of runs and workflows to the endpoints that want them. Runs are only watched while
 * their workspace has an endpoint.
 */
export class Webhooks {
	private readonly deliveries: Deliveries;

	constructor(private readonly context: WebhookContext) {
		this.deliveries = new Deliveries({
			...context,
			exists: (endpoint) =>
				[...context.workspaces()].some(({ endpoints }) => endpoints.has(endpoint.id)),
		});
	}

	/** Tells every endpoint that wants to know. Gives the id of the event. */
	publish(workspace: Workspace, happening: Happening): string {
		const { eventType, subjectId, resourceId, payload, metadata } = happening;
		const event: WebhookEvent = {
			eventId: newId('event'),
			eventType,
			subjectId,
			payload,
			metadata,
		};
		const subscribed = new Set<string>();
		for (const subscription of workspace.subscriptions.values()) {
			if (subscription.resourceId !== resourceId) continue;
			if (subscription.enabledEvents.includes(eventType)) {
				subscribed.add(subscription.webhookEndpointId);
			}
		}
		for (const endpoint of workspace.endpoints.values()) {
			if (subscribed.has(endpoint.id) || endpoint.enabledEvents.includes(eventType)) {
				this.deliveries.take(event, endpoint);
			}
		}
		return event.eventId;
	}

	/** Announces a change of a workflow. */
	publishWorkflow(workspace: Workspace, eventType: string, workflow: WorkflowRecord): void {
		const payload = workflowAnswer(workflow);
		this.publish(workspace, { eventType, subjectId: workflow.id, payload: () => payload });
	}

	/** Sends the events of a new run, as they come. */
	watch(workspace: Workspace, run: RunRecord): void {
		if (workspace.endpoints.size > 0) this.plan(workspace, run, runEvents(run), 0);
	}

	/** Changes the future of a run; what was due before is sent first. */
	redirect(workspace: Workspace, run: RunRecord, now: number, next: Transition[]): void {
		this.context.scheduler.runDue();
		const sent = sentBy(runEvents(run), now);
		redirect(run, now, next);
		if (workspace.endpoints.size > 0) this.plan(workspace, run, runEvents(run), sent);
	}

	/** Begins to watch the runs of a workspace that got its first endpoint. */
	watchAll(workspace: Workspace, now: number): void {
		for (const run of workspace.runs.values()) {
			const events = runEvents(run);
			run.revision += 1;
			this.plan(workspace, run, events, sentBy(events, now));
		}
	}

	/** Drops everything that is planned or under way. */
	clear(): void {
		this.deliveries.clear();
		this.context.scheduler.clear();
		this.context.links.clear();
	}

	private plan(workspace: Workspace, run: RunRecord, events: RunEvent[], index: number): void {
		const event = events[index];
		if (!event) return;
		const { revision } = run;
		this.context.scheduler.at(event.at, () => {
			if (revision !== run.revision || run.deleted) return;
			this.publishRunEvent(workspace, run, event);
			this.plan(workspace, run, events, index + 1);
		});
	}

	private publishRunEvent(workspace: Workspace, run: RunRecord, event: RunEvent): void {
		const { eventType, step, at } = event;
		const resourceId = run.workflow.id;
		if (step) {
			const payload = () => stepRunAnswer(run, step);
			this.publish(workspace, { eventType, subjectId: payload().id, resourceId, payload });
		} else {
			const payload = () => runAnswer(run, at);
			const { id: subjectId, metadata } = run;
			this.publish(workspace, { eventType, subjectId, resourceId, payload, metadata });
		}
	}
}

/** How many of a run's events are over by `now`. */
function sentBy(events: readonly RunEvent[], now: number): number {
	return events.filter(({ at }) => at <= now).length;
}
