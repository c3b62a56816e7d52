import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import { ComplaintError, isObject } from '../../parameters/checks';
import { ExtendClient } from '../../extend/client/client';
import { steadyNow } from '../../extend/client/clock';
import { STATUS_OF_EVENT, WORKFLOW_CREATED, statusIn } from '../../extend/api/events';
import { fetchRun } from '../../extend/api/runs';
import { extendTime } from './extendTime';
import { SIGNATURE_HEADER, TIMESTAMP_HEADER, whyNotSigned, whyUntimely } from './signature';
import { eventReport } from '../../extend/rows/reports';
import type { ExtendEvent } from '../../extend/rows/reports';
import { subscribe } from '../../extend/api/webhooks';
import { answer, isAnswered, nothingToDo, tryAgain, whetherAccepted } from '../answers';
import { FinishedBatches } from '../batches/finishedBatches';
import type { BatchRun } from '../batches/finishedBatches';
import { download, linkIn } from './largePayload';
import type { NoPayload, Payload } from './largePayload';
import { takeOn } from '../redeliveries';
import { readRegistration } from '../registration/storedRegistration';
import { reportsBatches, restEvents, workflowRunEvents } from '../neededEvents';
import { readSettings } from '../parameters';
import type { TriggerSettings } from '../parameters';

/**
 * How long all work may take before a delivery is answered. Extend waits for 30 s, and n8n has yet to start the
 * execution; an answer that comes too late would have the event sent, and handled, again.
 */
const LONGEST_WORK_MS = 24_000;

function readEvent(rawBody: Buffer): ExtendEvent | undefined {
	try {
		const body: unknown = JSON.parse(rawBody.toString('utf8'));
		if (!isObject(body)) return undefined;
		const { eventId, eventType, payload } = body;
		if (typeof eventId !== 'string' || typeof eventType !== 'string') return undefined;
		// An old form of Extend's sends nothing but the link to a large payload.
		const more = typeof payload === 'string' ? { data: payload } : {};
		return { eventId, eventType, payload: isObject(payload) ? payload : more };
	} catch {
		return undefined;
	}
}

/** Whether the event of a run tells that it belongs to a batch. */
function isBatchRun(payload: Record<string, unknown>): payload is typeof payload & BatchRun {
	return typeof payload.batchId === 'string' && typeof payload.id === 'string';
}

/** One delivery from Extend, or from somebody who claims to be Extend. */
class Delivery {
	private readonly settings: TriggerSettings;

	private readonly deadline = steadyNow() + LONGEST_WORK_MS;

	constructor(
		private readonly context: IWebhookFunctions,
		private readonly endpointId: string,
		private event: ExtendEvent,
	) {
		this.settings = readSettings(context);
	}

	/** Does what the event is for; an event that was accepted before starts nothing. */
	async handle(): Promise<IWebhookResponseData> {
		const { context, event, settings } = this;
		const isNewWorkflow = event.eventType === WORKFLOW_CREATED && this.followsAllWorkflows;
		const finishesRun = reportsBatches(settings) && restEvents(settings).includes(event.eventType);
		if (!isNewWorkflow && !finishesRun && !this.isChosen) return nothingToDo(context);
		// Where the link need not be opened to know it, an unwanted event goes no further.
		if (!finishesRun && !isNewWorkflow && !this.hasWantedStatus) return nothingToDo(context);

		const standing = await takeOn(
			this.endpointId,
			event.eventId,
			async () => await whetherAccepted(context),
			this.leftMs,
		);
		if (standing === 'known') return nothingToDo(context);
		if (standing === 'busy') return tryAgain(context);
		if (!(await this.openLink(finishesRun))) return tryAgain(context);
		if (isNewWorkflow && !(await this.followWorkflow())) return tryAgain(context);
		if (!this.hasWantedBatch) return nothingToDo(context);

		const { payload } = this.event;
		if (finishesRun && isBatchRun(payload)) return await this.finishBatch(payload);
		if (!this.isChosen || !this.hasWantedStatus) return nothingToDo(context);
		return this.startOwn();
	}

	/** Milliseconds until the delivery must be answered. */
	private get leftMs(): number {
		return Math.max(0, this.deadline - steadyNow());
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
		const downloaded = await download(this.context, link, this.leftMs);
		if ('trouble' in downloaded) {
			this.warn(`could not fetch the payload of an event: ${downloaded.trouble}`);
		}
		const opened = 'payload' in downloaded ? downloaded : await this.fetchInstead(downloaded);
		if (opened === undefined) return false;
		if (downloadLargePayloads || isNeeded) {
			this.event = { ...this.event, payload: opened.payload };
		} else {
			// Needed only to see which batch it belongs to.
			const { batchId } = opened.payload;
			this.event = { ...this.event, payload: { ...this.event.payload, batchId } };
		}
		return true;
	}

	/**
	 * Has Extend itself give a run whose event holds a link that does not work, for example because n8n may
	 * not leave its network for the place where payloads lie. A link that is refused stays refused.
	 */
	private async fetchInstead({ isRefused }: NoPayload): Promise<Payload | undefined> {
		const { eventType, payload } = this.event;
		const isRun = STATUS_OF_EVENT[eventType] !== undefined && typeof payload.id === 'string';
		const client = isRun && !isRefused ? await this.connect() : undefined;
		if (client === undefined) return undefined;
		const run = await fetchRun(client.within({ withinMs: this.leftMs }), String(payload.id));
		if (!run.ok) return undefined;
		return { payload: { ...run.body } };
	}

	/** Subscribes to a workflow that was just created. @returns false if that does not work now */
	private async followWorkflow(): Promise<boolean> {
		const { id } = this.event.payload;
		if (typeof id !== 'string') return true;
		const client = await this.connect();
		if (client === undefined || !(await this.subscribe(client, id))) {
			this.warn(
				'could not subscribe to a new workflow, and will try again when Extend sends the event again. If this keeps happening, publish the workflow in n8n again',
			);
			return false;
		}
		return true;
	}

	private async subscribe(client: ExtendClient, workflowId: string): Promise<boolean> {
		const subscribed = await subscribe(client.within({ withinMs: this.leftMs }), this.endpointId, {
			resourceType: 'workflow',
			resourceId: workflowId,
			enabledEvents: workflowRunEvents(this.settings),
		});
		// It may be deleted by now.
		return subscribed.ok || subscribed.failure.status === 404;
	}

	/** A credential that is gone must not make an event an execution that fails. */
	private async connect(): Promise<ExtendClient | undefined> {
		try {
			return await ExtendClient.connect(this.context);
		} catch {
			this.warn('cannot use its credential');
			return undefined;
		}
	}

	private warn(what: string): void {
		const { eventId } = this.event;
		this.context.logger.warn(`Extend Trigger ${what}`, { eventId });
	}

	/** The execution of the event itself. */
	private startOwn(): IWebhookResponseData {
		return { workflowData: [[{ json: eventReport(this.event, this.settings.output) }]] };
	}

	/**
	 * Takes the event of a run in a batch. Where the event was chosen beside finished batches, it starts an
	 * execution of its own too. One delivery starts one execution, so one that finishes a batch, or stays to
	 * look after batches, is sent again by Extend, and starts its own then.
	 */
	private async finishBatch(run: BatchRun): Promise<IWebhookResponseData> {
		const { context } = this;
		const startsOwn = this.isChosen && this.hasWantedStatus;
		const batches = new FinishedBatches(context, this.endpointId, this.settings, startsOwn);
		const outcome = await batches.take(run, this.leftMs);
		if (outcome.kind === 'finished') {
			return { noWebhookResponse: isAnswered(context), workflowData: [outcome.items] };
		}
		const isOver = outcome.kind === 'nothing' && !isAnswered(context);
		if (startsOwn && isOver && !(outcome.isToWatch && batches.sendAgain(this.event.eventId))) {
			return this.startOwn();
		}
		const isToComeAgain = startsOwn || outcome.kind === 'again';
		const ended = isToComeAgain ? tryAgain(context) : nothingToDo(context);
		const items = outcome.isToWatch ? await batches.watch() : undefined;
		return items === undefined ? ended : { ...ended, workflowData: [items] };
	}
}

/** The body as it was sent; a body in several parts has none. */
function rawBodyOf(context: IWebhookFunctions): Buffer | undefined {
	const request: unknown = context.getRequestObject();
	return isObject(request) && Buffer.isBuffer(request.rawBody) ? request.rawBody : undefined;
}

/** Handles a delivery that is proven to be from Extend. Whatever goes wrong, Extend sends it again. */
async function handle(
	context: IWebhookFunctions,
	endpointId: string,
	rawBody: Buffer,
): Promise<IWebhookResponseData> {
	const event = readEvent(rawBody);
	if (event === undefined) {
		context.logger.warn('Extend Trigger received a delivery without an event from Extend');
		return nothingToDo(context);
	}
	try {
		return await new Delivery(context, endpointId, event).handle();
	} catch (error) {
		// An error that leaves the node would make each delivery an execution that fails.
		const reason =
			error instanceof ComplaintError
				? `the parameter “${error.parameter}” ${error.problem}`
				: error instanceof Error
					? error.name
					: 'unknown';
		context.logger.error(`Extend Trigger could not handle an event: ${reason}`, {
			eventId: event.eventId,
		});
		return tryAgain(context);
	}
}

/** Extend's own clock decides where n8n's is so wrong that it would refuse what Extend signs just now. */
async function whyAtWrongTime(
	context: IWebhookFunctions,
	endpointId: string,
	timestamp: unknown,
): Promise<string | undefined> {
	const reason = whyUntimely(timestamp, Date.now());
	if (reason === undefined) return undefined;
	const extendNow = await extendTime(context, endpointId);
	if (extendNow === undefined) {
		return `${reason}; if this happens to every delivery, the clock of this machine is wrong`;
	}
	const isOurClockGoodEnough = whyUntimely(extendNow / 1000, Date.now()) === undefined;
	return isOurClockGoodEnough ? reason : whyUntimely(timestamp, extendNow);
}

/**
 * Takes a delivery in. What is not proven to be from Extend gets 401 and leaves no trace but a line in
 * the log, without its content.
 */
export async function receive(context: IWebhookFunctions): Promise<IWebhookResponseData> {
	const rawBody = rawBodyOf(context);
	const headers = context.getHeaderData();
	const registration = readRegistration(context.getWorkflowStaticData('node'));
	const timestamp = headers[TIMESTAMP_HEADER];
	const objection =
		whyNotSigned(
			{ rawBody, timestamp, signature: headers[SIGNATURE_HEADER] },
			registration?.signingSecret,
		) ?? (await whyAtWrongTime(context, registration?.endpointId ?? '', timestamp));
	if (objection !== undefined || registration === undefined) {
		context.logger.warn(`Extend Trigger refused a delivery: ${objection ?? 'not registered'}`);
		return answer(context, 401, 'Unauthorized');
	}
	return rawBody === undefined
		? nothingToDo(context)
		: await handle(context, registration.endpointId, rawBody);
}
