import type { INodeExecutionData, IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { isObject } from '../extend/checks';
import { ExtendClient } from '../extend/client';
import { WORKFLOW_CREATED, statusIn } from '../extend/events';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, whyNotGenuine } from '../extend/signature';
import { simplifyRun } from '../extend/simplify';
import type { WorkflowRun } from '../extend/types';
import { subscribe } from '../extend/webhooks';
import { answer, isAnswered, nothingToDo, tryAgain, whetherAccepted } from './answers';
import { FinishedBatch } from './finishedBatch';
import type { BatchRun } from './finishedBatch';
import { download, linkIn } from './largePayload';
import { takeOn } from './memory';
import { readRegistration } from './registration';
import { readSettings, restEvents, workflowRunEvents } from './settings';
import type { TriggerSettings } from './settings';

/** An event as Extend sends it. */
interface ExtendEvent {
	eventId: string;
	eventType: string;
	payload: Record<string, unknown>;
}

/** Longest time to subscribe a new workflow, in milliseconds. */
const LONGEST_SUBSCRIBING_MS = 15_000;

function readEvent(rawBody: Buffer): ExtendEvent | undefined {
	try {
		const body: unknown = JSON.parse(rawBody.toString('utf8'));
		if (!isObject(body)) return undefined;
		const { eventId, eventType, payload } = body;
		if (typeof eventId !== 'string' || typeof eventType !== 'string') return undefined;
		return { eventId, eventType, payload: isObject(payload) ? payload : {} };
	} catch {
		return undefined;
	}
}

/** One delivery from Extend, or from somebody who claims to be Extend. */
class Delivery {
	private readonly settings: TriggerSettings;

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly endpointId: string,
		private event: ExtendEvent,
		private readonly bytes: number,
	) {
		this.settings = readSettings(context);
	}

	/** Does what the event is for; an event that was accepted before starts nothing. */
	async handle(): Promise<IWebhookResponseData> {
		const { context, event, settings } = this;
		const isNewWorkflow = event.eventType === WORKFLOW_CREATED && this.followsAllWorkflows;
		const finishesRun = settings.emit === 'batch' && restEvents(settings).includes(event.eventType);
		if (!isNewWorkflow && !finishesRun && !this.isChosen) return nothingToDo(context);
		// Where the link need not be opened to know it, an unwanted event goes no further.
		if (!finishesRun && !isNewWorkflow && !this.hasWantedStatus) return nothingToDo(context);

		const isNew = await takeOn(
			this.endpointId,
			event.eventId,
			async () => await whetherAccepted(context),
		);
		if (!isNew) return nothingToDo(context);
		if (!(await this.openLink(finishesRun))) return tryAgain(context);
		if (isNewWorkflow && !(await this.followWorkflow())) return tryAgain(context);
		if (!this.hasWantedBatch) return nothingToDo(context);

		const run = this.event.payload as unknown as BatchRun;
		if (finishesRun && typeof run.batchId === 'string' && typeof run.id === 'string') {
			return await this.finishBatch(run);
		}
		if (!this.isChosen || !this.hasWantedStatus) return nothingToDo(context);
		return { workflowData: [[this.item()]] };
	}

	private get isChosen(): boolean {
		return this.settings.events.includes(this.event.eventType);
	}

	private get followsAllWorkflows(): boolean {
		return this.settings.workflowScope === 'all' && workflowRunEvents(this.settings).length > 0;
	}

	private get hasWantedStatus(): boolean {
		const { statuses } = this.settings;
		if (statuses.length === 0) return true;
		const status = statusIn(this.event.eventType, this.event.payload);
		return status === undefined || statuses.includes(status);
	}

	private get hasWantedBatch(): boolean {
		const { batchIds } = this.settings;
		const { batchId, id, object } = this.event.payload;
		if (batchIds.length === 0) return true;
		return batchIds.includes(String(object === 'batch_run' ? id : batchId));
	}

	/** Puts a payload that came as a link in its place. @returns false if it cannot be had now */
	private async openLink(isNeeded: boolean): Promise<boolean> {
		const link = linkIn(this.event.payload);
		const { downloadLargePayloads, batchIds } = this.settings;
		if (link === undefined) return true;
		if (!downloadLargePayloads && !isNeeded && batchIds.length === 0) return true;
		const result = await download(this.context, link);
		if ('trouble' in result) {
			this.context.logger.warn(
				`Extend Trigger could not fetch the payload of an event: ${result.trouble}`,
				{ eventId: this.event.eventId },
			);
			return false;
		}
		if (downloadLargePayloads || isNeeded) {
			this.event = { ...this.event, payload: result.payload };
		} else {
			// Needed only to see which batch it belongs to.
			const { batchId } = result.payload;
			this.event = { ...this.event, payload: { ...this.event.payload, batchId } };
		}
		return true;
	}

	/** Subscribes to a workflow that was just created. @returns false if that does not work now */
	private async followWorkflow(): Promise<boolean> {
		const { id } = this.event.payload;
		if (typeof id !== 'string') return true;
		const client = await ExtendClient.connect(this.context);
		const deadline = Date.now() + LONGEST_SUBSCRIBING_MS;
		const subscribed = await subscribe(
			client,
			this.endpointId,
			{
				resourceType: 'workflow',
				resourceId: id,
				enabledEvents: workflowRunEvents(this.settings),
			},
			{ isWanted: () => Date.now() < deadline, timeoutMs: LONGEST_SUBSCRIBING_MS },
		);
		// It may be deleted by now.
		if (subscribed.ok || subscribed.failure.status === 404) return true;
		this.context.logger.warn('Extend Trigger could not subscribe to a new workflow', {
			workflowId: id,
		});
		return false;
	}

	private async finishBatch(run: BatchRun): Promise<IWebhookResponseData> {
		const { context } = this;
		const finished = new FinishedBatch(context, this.endpointId, run, this.settings);
		const outcome = await finished.take(this.bytes, () => nothingToDo(context));
		if (outcome.kind === 'nothing') return nothingToDo(context);
		if (outcome.kind === 'finished') {
			if (isAnswered(context)) return { noWebhookResponse: true, workflowData: [outcome.items] };
			void whetherAccepted(context).then((isAccepted) => {
				if (!isAccepted) finished.reopen();
			});
			return { workflowData: [outcome.items] };
		}
		if (outcome.kind === 'trouble' && !isAnswered(context)) return tryAgain(context);
		nothingToDo(context);
		const items = await finished.watch();
		return { noWebhookResponse: true, ...(items ? { workflowData: [items] } : {}) };
	}

	private item(): INodeExecutionData {
		const { eventId, eventType, payload } = this.event;
		if (this.settings.simplify && payload.object === 'workflow_run') {
			const run = simplifyRun(payload as unknown as WorkflowRun);
			return { json: { eventId, eventType, ...run } };
		}
		return { json: { eventId, eventType, payload: payload } };
	}
}

/** The body as it was sent; a body in several parts has none. */
function rawBodyOf(context: IWebhookFunctions): Buffer | undefined {
	const request = context.getRequestObject() as unknown as { rawBody?: unknown };
	return Buffer.isBuffer(request.rawBody) ? request.rawBody : undefined;
}

/**
 * Takes a delivery in. What is not proven to be from Extend gets 401 and leaves no trace but a line in
 * the log, without its content.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const rawBody = rawBodyOf(context);
	const headers = context.getHeaderData();
	const registration = readRegistration(context.getWorkflowStaticData('node'));
	const objection = whyNotGenuine(
		{ rawBody, timestamp: headers[TIMESTAMP_HEADER], signature: headers[SIGNATURE_HEADER] },
		registration?.signingSecret,
		Date.now(),
	);
	if (objection !== undefined || registration === undefined) {
		context.logger.warn(`Extend Trigger refused a delivery: ${objection ?? 'not registered'}`);
		return answer(context, 401, 'Unauthorized');
	}
	const event = rawBody && readEvent(rawBody);
	if (rawBody === undefined || event === undefined) {
		context.logger.warn('Extend Trigger got a delivery from Extend that holds no event');
		return nothingToDo(context);
	}
	return await new Delivery(context, registration.endpointId, event, rawBody.length).handle();
}
