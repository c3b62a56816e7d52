import type { Clock } from '../world/clock';
import type { Ledger, LedgerDelivery } from '../world/ledger';
import { post } from './post';
import type { Random } from '../world/random';
import type { Scheduler } from '../world/scheduler';
import type { SimulatorSettings } from '../world/settings';
import { signatureHeaders } from './signature';
import type { SignedLinks } from './signedLinks';
import type { EndpointRecord } from './webhookEndpoints';

/** An event on its way out. */
export interface WebhookEvent {
	eventId: string;
	eventType: string;
	/** Id of the run, step run, workflow … that the event is about. */
	subjectId: string;
	/** Makes the payload; called once per attempt and always gives the same. */
	payload: () => unknown;
	/** The run's metadata, which a signed link carries along. */
	metadata?: unknown;
}

/** One event for one endpoint. */
interface Delivery {
	event: WebhookEvent;
	endpoint: EndpointRecord;
	entry: LedgerDelivery;
}

/** What deliveries need of the simulator. */
export interface DeliveryContext {
	settings: SimulatorSettings;
	ledger: Ledger;
	scheduler: Scheduler;
	links: SignedLinks;
	clock: Clock;
	random: () => Random;
	/** Address that signed links begin with. */
	origin: () => string;
	/** Whether the endpoint still exists. */
	exists: (endpoint: EndpointRecord) => boolean;
}

/**
 * Sends events: a limited number at a time, again with growing pauses while they fail, each attempt
 * signed afresh under the same `eventId`.
 */
export class Deliveries {
	private queue: Delivery[] = [];
	private underWay = 0;
	private giveUp = new AbortController();

	constructor(private readonly context: DeliveryContext) {}

	/** Takes an event on for one endpoint, or notes that a disabled endpoint misses it. */
	take(event: WebhookEvent, endpoint: EndpointRecord): void {
		const { settings, scheduler, clock } = this.context;
		for (let copy = settings.deliverTwice ? 2 : 1; copy > 0; copy--) {
			const delivery = this.enter(event, endpoint);
			if (endpoint.status === 'disabled') {
				delivery.entry.outcome = 'dropped';
				continue;
			}
			const jitter = settings.deliveryJitterMs * this.context.random()();
			const wait = Math.round(settings.deliveryDelayMs + jitter);
			if (wait === 0) this.enqueue(delivery);
			else
				scheduler.at(clock.now() + wait, () => {
					this.enqueue(delivery);
				});
		}
	}

	/** Gives up on everything that has not been delivered. */
	clear(): void {
		this.queue = [];
		this.underWay = 0;
		this.giveUp.abort();
		this.giveUp = new AbortController();
	}

	private enter(event: WebhookEvent, endpoint: EndpointRecord): Delivery {
		const { eventId, eventType, subjectId } = event;
		const { id: endpointId, url } = endpoint;
		const entry: LedgerDelivery = {
			eventId,
			eventType,
			endpointId,
			url,
			subjectId,
			outcome: 'pending',
			asUrl: false,
			attempts: [],
		};
		this.context.ledger.deliveries.push(entry);
		return { event, endpoint, entry };
	}

	private enqueue(delivery: Delivery): void {
		this.queue.push(delivery);
		this.pump();
	}

	private pump(): void {
		const { settings } = this.context;
		while (this.underWay < settings.deliveryConcurrency) {
			const next = this.queue.shift();
			if (!next) return;
			this.underWay += 1;
			void this.attempt(next, this.giveUp.signal);
		}
	}

	private async attempt(delivery: Delivery, signal: AbortSignal): Promise<void> {
		const { endpoint, entry } = delivery;
		if (endpoint.status === 'disabled' || !this.context.exists(endpoint)) {
			entry.outcome = 'dropped';
		} else {
			const status = await this.send(delivery, signal);
			if (signal.aborted) return;
			this.conclude(delivery, status);
		}
		this.underWay -= 1;
		this.pump();
	}

	/** Makes one attempt and enters it into the ledger. Gives its status, 0 for no answer. */
	private async send({ event, endpoint, entry }: Delivery, signal: AbortSignal): Promise<number> {
		const { settings, clock } = this.context;
		const body = this.body(event, endpoint, entry);
		const at = clock.now();
		const record = (status: number, error?: string): number => {
			const durationMs = clock.now() - at;
			entry.attempts.push({ at, status, durationMs, ...(error !== undefined && { error }) });
			return status;
		};
		try {
			const headers = {
				...endpoint.advancedOptions?.headers,
				'content-type': 'application/json',
				...signatureHeaders(endpoint.signingSecret, body, clock.extendNow()),
			};
			const timeoutMs = settings.deliveryTimeoutMs;
			return record(await post({ url: endpoint.url, headers, body, timeoutMs, signal }));
		} catch (error) {
			return record(0, String(error));
		}
	}

	private conclude(delivery: Delivery, status: number): void {
		const { settings, scheduler, clock } = this.context;
		const { entry } = delivery;
		const isClientError = status >= 400 && status < 500;
		if (status >= 200 && status < 300) {
			entry.outcome = 'delivered';
		} else if (
			entry.attempts.length >= settings.deliveryAttempts ||
			(isClientError && !settings.deliveryRetriesClientErrors)
		) {
			entry.outcome = 'failed';
		} else {
			const pause = settings.deliveryBackoffMs * 2 ** (entry.attempts.length - 1);
			scheduler.at(clock.now() + pause, () => {
				this.enqueue(delivery);
			});
		}
	}

	private body(event: WebhookEvent, endpoint: EndpointRecord, entry: LedgerDelivery): string {
		const { settings, links, clock, origin } = this.context;
		const { eventId, eventType, subjectId, metadata } = event;
		const payload = JSON.stringify(event.payload());
		const options = endpoint.advancedOptions?.payload;
		const threshold = options?.urlThresholdBytes ?? settings.urlThresholdBytes;
		entry.asUrl = options?.format === 'url' && Buffer.byteLength(payload) > threshold;
		const envelope = { eventId, eventType };
		if (!entry.asUrl) return `${JSON.stringify(envelope).slice(0, -1)},"payload":${payload}}`;
		const data = `${origin()}${links.add(event.payload, clock.now() + settings.signedUrlTtlMs)}`;
		const link = { object: 'signed_data_url', id: subjectId, data, metadata };
		return JSON.stringify({ ...envelope, payload: link });
	}
}
