/**
 * The parts of Extend's objects that the nodes read, in Extend's own names (API version 2026-02-09;
 * shapes as in the types of the official SDK). Every field that may be missing or null is marked so.
 */

/** An entry of `GET /workflows`, `GET /extractors` and their like. */
export interface WorkflowSummary {
	id: string;
	name?: string | null;
	createdAt?: string;
	updatedAt?: string;
}

/**
 * An entry of `GET /workflows/{id}/versions` and its like; `version` is a number as text, or `draft`. Those of
 * workflows may have a name, those of processors a description.
 */
export interface VersionSummary {
	id: string;
	version: string;
	name?: string | null;
	description?: string | null;
	createdAt?: string;
}

/** A file of a run. */
export interface RunFileSummary {
	id?: string | null;
	name?: string | null;
}

/** What an entry of a list and a whole run have in common. */
interface RunFacts {
	id: string;
	batchId?: string | null;
	workflow?: WorkflowSummary | null;
	workflowVersion?: { version?: string | null } | null;
	dashboardUrl?: string | null;
	files?: RunFileSummary[] | null;
	initialRunAt?: string | null;
	startTime?: string | null;
	endTime?: string | null;
	rejectionNote?: string | null;
}

/** An entry of `GET /workflow_runs`; it has no metadata. */
export interface WorkflowRunSummary extends RunFacts {
	status: string;
	createdAt?: string | null;
	updatedAt?: string | null;
	reviewedAt?: string | null;
}

/** The answer of `GET /workflow_runs/{id}`. */
export interface WorkflowRun extends RunFacts {
	status?: string | null;
	metadata?: Record<string, unknown> | null;
	failureReason?: string | null;
	failureMessage?: string | null;
	stepRuns?: StepRun[] | null;
}

/**
 * What a step of a run did. Its type stands in `stepType` or, older, in `step.type`; which of the runs in
 * `result` there is depends on it.
 */
export interface StepRun {
	stepType?: string | null;
	step?: { name?: string | null; type?: string | null } | null;
	status?: string | null;
	result?: {
		extractRun?: unknown;
		classifyRun?: unknown;
		splitRun?: unknown;
	} | null;
}

/** What an entry of a list and a whole run of a single document have in common. */
interface DocumentRunFacts {
	id: string;
	status?: string | null;
	metadata?: Record<string, unknown> | null;
	failureReason?: string | null;
	failureMessage?: string | null;
	file?: RunFileSummary | null;
	dashboardUrl?: string | null;
}

/** An entry of `GET /extract_runs` and its like; unlike that of a workflow run it has metadata. */
export interface DocumentRunSummary extends DocumentRunFacts {
	createdAt?: string | null;
}

/** The answer of `GET /extract_runs/{id}` and its like; which of the fields there are depends on the kind. */
export interface DocumentRun extends DocumentRunFacts {
	output?: unknown;
	metrics?: { pageCount?: number | null } | null;
	extractor?: WorkflowSummary | null;
	extractorVersion?: { version?: string | null } | null;
	classifier?: WorkflowSummary | null;
	classifierVersion?: { version?: string | null } | null;
	splitter?: WorkflowSummary | null;
	splitterVersion?: { version?: string | null } | null;
}

/** The answer of `POST /files/upload`. */
export interface UploadedFile {
	id: string;
	name?: string;
}

/** An entry of `GET /files`, and the answer of `GET /files/{id}`, which alone has the link. */
export interface ExtendFile {
	id: string;
	name?: string | null;
	/** `PDF`, `IMG` and the like. */
	type?: string | null;
	/** Where the content lies, for 15 minutes; to be fetched without the token. */
	presignedUrl?: string | null;
}

/** The answer of `POST /workflow_runs/batch`. */
export interface BatchAccepted {
	batchId: string;
}

/** A document of a run: by address, by the id of a file that Extend has, or as text. */
export type RunFile =
	| { url: string; name?: string; settings?: { password: string } }
	| { id: string }
	| { text: string; name?: string };

/** A webhook endpoint. Its `signingSecret` is in the answer to its creation only. */
export interface WebhookEndpoint {
	id: string;
	url: string;
	name?: string;
	status?: 'enabled' | 'disabled';
	enabledEvents?: string[] | null;
	advancedOptions?: {
		payload?: { format?: string; urlThresholdBytes?: number | null } | null;
	} | null;
	signingSecret?: string;
}

/** What an endpoint hears of one resource. */
export interface WebhookSubscription {
	id: string;
	webhookEndpointId: string;
	resourceType: string;
	resourceId: string;
	enabledEvents?: string[] | null;
}
