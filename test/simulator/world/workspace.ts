import type { FileRecord } from './files';
import type { DocumentRunRecord } from '../runs/documentRuns';
import { RunIndex } from '../runs/runIndex';
import type { EndpointRecord, SubscriptionRecord } from '../webhooks/webhookEndpoints';
import type { WorkflowRecord } from './workflows';

/** What one workspace of the organization holds. Nothing of it shows in another workspace. */
export class Workspace {
	readonly workflows = new Map<string, WorkflowRecord>();
	readonly files = new Map<string, FileRecord>();
	readonly runs = new RunIndex();
	/** Runs of single documents, oldest first; the deleted ones among them are marked. */
	readonly documentRuns: DocumentRunRecord[] = [];
	readonly endpoints = new Map<string, EndpointRecord>();
	readonly subscriptions = new Map<string, SubscriptionRecord>();

	constructor(readonly id: string) {}
}
