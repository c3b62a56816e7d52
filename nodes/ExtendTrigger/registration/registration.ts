import type { IHookFunctions } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

import { ComplaintError } from '../../parameters/checks';
import { ExtendClient } from '../../extend/client/client';
import { eventsOf } from '../../extend/api/events';
import { toNodeError } from '../../extend/failures/explanation';
import type { CallFailure } from '../../extend/failures/failure';
import { canBeReached, isSameAddress } from '../../extend/access/publicAddress';
import { baseUrlOf } from '../../extend/access/regions';
import type { ExtendApiCredential } from '../../extend/access/regions';
import type { WebhookEndpoint, WebhookSubscription, WorkflowSummary } from '../../extend/api/types';
import {
	createEndpoint,
	deleteEndpoint,
	findEndpoints,
	getEndpoint,
	listSubscriptions,
	subscribe,
	unsubscribe,
	updateEndpoint,
} from '../../extend/api/webhooks';
import type { EndpointSettings, SubscriptionSettings } from '../../extend/api/webhooks';
import { forgetBatches } from '../batches/registry';
import { forgetEvents } from '../redeliveries';
import { hasSettings, isAmong } from './comparison';
import { endpointName } from './endpointName';
import { whyUnreachable } from './reachability';
import { readRegistration } from './storedRegistration';
import type { StoredRegistration } from './storedRegistration';
import { endpointEvents, workflowRunEvents } from '../neededEvents';
import { readCheckedSettings } from '../parameters';
import type { TriggerSettings } from '../parameters';

const MOST_CREATIONS = 3;

/** Registers one trigger node with Extend, finds what is there of it, and takes it away. */
export class Registration {
	private constructor(
		private readonly context: IHookFunctions,
		private readonly client: ExtendClient,
		private readonly url: string,
		private readonly apiBaseUrl: string,
	) {
		this.client.keepSecret(this.stored?.signingSecret);
	}

	/** Reads the credential and the node's own address. */
	static async open(context: IHookFunctions): Promise<Registration> {
		const client = await ExtendClient.connect(context);
		const credential = await context.getCredentials<ExtendApiCredential>('extendApi');
		const url = context.getNodeWebhookUrl('default') ?? '';
		return new Registration(context, client, url, baseUrlOf(credential));
	}

	/** Whether exactly what the node needs exists at Extend, and its secret is known. Changes nothing. */
	async isCurrent(): Promise<boolean> {
		const { stored } = this;
		if (stored === undefined) return false;
		const [endpoint, ...others] = await this.ownEndpoints();
		if (endpoint?.id !== stored.endpointId || others.length > 0) return false;
		const settings = this.settings();
		if (!hasSettings(endpoint, this.endpointSettings(settings))) return false;
		const wanted = await this.wantedSubscriptions(settings);
		const existing = await this.subscriptionsOf(endpoint.id);
		return existing.length === wanted.length && wanted.every((entry) => isAmong(entry, existing));
	}

	/** Makes what the node needs out of whatever there is. What fails halfway is taken back. */
	async establish(): Promise<void> {
		const settings = this.settings();
		this.requireReachable();
		const own = await this.ownEndpoints();
		const known = own.find(({ id }) => id === this.stored?.endpointId);
		for (const { id } of own) if (id !== known?.id) await this.removeEndpoint(id);

		const endpointSettings = this.endpointSettings(settings);
		let endpointId: string;
		if (known === undefined) {
			endpointId = await this.create(endpointSettings);
		} else {
			endpointId = known.id;
			const updated = await updateEndpoint(this.client, endpointId, endpointSettings);
			if (!updated.ok) await this.giveUp(endpointId, updated.failure);
		}
		await this.reconcile(endpointId, settings, known !== undefined);
	}

	/** Removes everything of the node at Extend; what is gone already is fine. */
	async remove(): Promise<void> {
		const { stored } = this;
		// What Extend cannot reach was never registered with it.
		if (stored === undefined && !this.isReachable) return;
		const ids = (await this.ownEndpoints()).map(({ id }) => id);
		if (stored !== undefined && !ids.includes(stored.endpointId)) {
			// A workflow that was copied may carry the id of another one's endpoint: the URL decides.
			const endpoint = await getEndpoint(this.client, stored.endpointId);
			if (endpoint.ok && isSameAddress(endpoint.body.url, this.url)) ids.push(stored.endpointId);
			else if (endpoint.ok) {
				this.context.logger.warn(
					'The webhook endpoint that Extend Trigger remembers now has a different address, so it is left alone',
					{ endpointId: stored.endpointId },
				);
			} else if (endpoint.failure.status !== 404) {
				throw this.error('The webhook could not be removed from Extend', endpoint.failure);
			}
		}
		for (const id of ids) await this.removeEndpoint(id);
		this.forget();
	}

	private get stored(): StoredRegistration | undefined {
		return readRegistration(this.context.getWorkflowStaticData('node'));
	}

	private store(registration: StoredRegistration): void {
		this.client.keepSecret(registration.signingSecret);
		this.context.getWorkflowStaticData('node').registration = { ...registration };
	}

	private forget(): void {
		const staticData = this.context.getWorkflowStaticData('node');
		const { stored } = this;
		if (stored !== undefined) {
			forgetEvents(stored.endpointId);
			forgetBatches(stored.endpointId);
		}
		delete staticData.registration;
	}

	private settings(): TriggerSettings {
		try {
			return readCheckedSettings(this.context);
		} catch (error) {
			if (!(error instanceof ComplaintError)) {
				throw new NodeOperationError(this.client.node, error as Error);
			}
			throw new NodeOperationError(
				this.client.node,
				`The parameter “${error.parameter}” ${error.problem}`,
				{ description: error.advice },
			);
		}
	}

	private endpointSettings(settings: TriggerSettings): EndpointSettings {
		return {
			url: this.url,
			name: endpointName(this.context.getWorkflow().name ?? '', this.client.node.name),
			enabledEvents: endpointEvents(settings),
			largePayloadBytes: settings.largePayloadBytes,
		};
	}

	private get isReachable(): boolean {
		return canBeReached(this.url, this.apiBaseUrl);
	}

	private requireReachable(): void {
		if (this.isReachable) return;
		const { problem, advice } = whyUnreachable(this.url);
		throw new NodeOperationError(this.client.node, problem, { description: advice });
	}

	private async ownEndpoints(): Promise<WebhookEndpoint[]> {
		const found = await findEndpoints(this.client, this.url);
		if (found.ok) return found.body;
		throw this.error('The webhook endpoints could not be listed', found.failure);
	}

	private async removeEndpoint(id: string): Promise<void> {
		const removed = await deleteEndpoint(this.client, id);
		if (!removed.ok) {
			throw this.error('The webhook could not be removed from Extend', removed.failure);
		}
	}

	/**
	 * Creates the endpoint. If the answer is lost, an endpoint may exist whose secret nobody knows: it is
	 * looked for by its address and removed before the next attempt.
	 */
	private async create(settings: EndpointSettings): Promise<string> {
		for (let attempt = 1; ; attempt++) {
			const created = await createEndpoint(this.client, settings);
			if (created.ok) {
				const { id, signingSecret } = created.body;
				if (id && signingSecret) {
					this.store({ endpointId: id, signingSecret });
					if (attempt > 1) await this.removeOthers(id);
					return id;
				}
			}
			const failure: CallFailure = created.ok
				? { kind: 'unknown', status: 200, message: 'the answer contains no signing secret' }
				: created.failure;
			if (failure.kind !== 'unknown' || attempt >= MOST_CREATIONS) {
				if (failure.kind === 'unknown') await this.removeOthers(undefined);
				throw this.error('The webhook could not be registered with Extend', failure);
			}
			await this.removeOthers(undefined);
		}
	}

	/** Removes endpoints with the node's address, except the one. */
	private async removeOthers(except: string | undefined): Promise<void> {
		for (const { id } of await this.ownEndpoints()) {
			if (id !== except) await this.removeEndpoint(id);
		}
	}

	private async wantedSubscriptions(settings: TriggerSettings): Promise<SubscriptionSettings[]> {
		const runEvents = workflowRunEvents(settings);
		const workflows = runEvents.length === 0 ? [] : await this.workflowIds(settings);
		return [
			...workflows.map((resourceId): SubscriptionSettings => ({
				resourceType: 'workflow',
				resourceId,
				enabledEvents: runEvents,
			})),
			...settings.resources
				.map(({ type, id }): SubscriptionSettings => ({
					resourceType: type,
					resourceId: id,
					enabledEvents: eventsOf(type, settings.events),
				}))
				.filter(({ enabledEvents }) => enabledEvents.length > 0),
		];
	}

	private async workflowIds(settings: TriggerSettings): Promise<string[]> {
		if (settings.workflowScope === 'selected') return settings.workflows;
		const listed = await this.client.list<WorkflowSummary>('/workflows', {});
		if (!listed.ok) throw this.error('The workflows could not be listed', listed.failure);
		return listed.body.map(({ id }) => id);
	}

	private async subscriptionsOf(endpointId: string): Promise<WebhookSubscription[]> {
		const listed = await listSubscriptions(this.client, endpointId);
		if (listed.ok) return listed.body;
		throw this.error('The webhook subscriptions could not be listed', listed.failure);
	}

	/** Gives the endpoint exactly the wanted subscriptions. */
	private async reconcile(
		endpointId: string,
		settings: TriggerSettings,
		mayHaveSome: boolean,
	): Promise<void> {
		let wanted: SubscriptionSettings[] | undefined;
		let existing: WebhookSubscription[] = [];
		try {
			if (mayHaveSome) existing = await this.subscriptionsOf(endpointId);
			// Listed after the endpoint exists, so that no workflow slips through that is created meanwhile.
			wanted = await this.wantedSubscriptions(settings);
		} finally {
			if (wanted === undefined) await this.takeBack(endpointId);
		}
		const results = await Promise.all([
			...wanted
				.filter((entry) => !isAmong(entry, existing))
				.map(async (entry) => ({ entry, ...(await subscribe(this.client, endpointId, entry)) })),
			...existing
				.filter(({ resourceId }) => !wanted.some((entry) => entry.resourceId === resourceId))
				.map(async ({ id }) => ({ entry: undefined, ...(await unsubscribe(this.client, id)) })),
		]);
		for (const result of results) {
			if (result.ok) continue;
			const { entry, failure } = result;
			// Of all workflows, one may have been deleted in the meantime.
			const isGone = failure.status === 404 && entry?.resourceType === 'workflow';
			if (isGone && settings.workflowScope === 'all') continue;
			await this.giveUp(endpointId, failure, entry && `${entry.resourceType} ${entry.resourceId}`);
		}
	}

	/** Leaves nothing half-made behind. @throws NodeApiError always */
	private async giveUp(
		endpointId: string,
		failure: CallFailure,
		subject = 'webhook endpoint',
	): Promise<never> {
		await this.takeBack(endpointId);
		throw this.error('The webhook could not be registered with Extend', failure, subject);
	}

	/** Removes a half-made endpoint. If that fails too, it stays known, and n8n's next try removes it. */
	private async takeBack(endpointId: string): Promise<void> {
		const removed = await deleteEndpoint(this.client, endpointId);
		if (removed.ok) this.forget();
	}

	private error(task: string, failure: CallFailure, subject = 'webhook endpoint') {
		return toNodeError(this.client.node, failure, { task, subject });
	}
}
