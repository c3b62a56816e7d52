import type { Extend } from 'extend-ai';

import { invalidRequest, notFound } from '../http/errors';
import { newId } from './ids';
import { timestamp } from './timestamps';

/** A workflow with all of its versions. */
export interface WorkflowRecord {
	readonly seq: number;
	readonly id: string;
	name: string;
	/** Milliseconds since 1970, by Extend's clock. */
	readonly createdAt: number;
	updatedAt: number;
	/** The draft first, then the deployed versions from `1` on. */
	readonly versions: [VersionRecord, ...VersionRecord[]];
}

/** One version of a workflow. */
export interface VersionRecord {
	readonly seq: number;
	readonly id: string;
	/** `draft`, or a number as text. */
	readonly version: string;
	readonly name: string | null;
	/** Milliseconds since 1970, by Extend's clock. */
	readonly createdAt: number;
	steps: Extend.WorkflowStepDefinition[];
}

const USER: Extend.CreatedBy = { type: 'user', email: 'jane.doe@example.com' };

/** The steps of a workflow that is created without any (Extend SDK, `WorkflowsCreateRequest`). */
export const DEFAULT_STEPS: readonly Extend.WorkflowStepDefinition[] = [
	{ type: 'TRIGGER', name: 'trigger', next: [{ step: 'parse' }] },
	{ type: 'PARSE', name: 'parse' },
];

/** Makes a workflow that has only a draft. */
export function newWorkflow(
	seq: number,
	name: string,
	steps: readonly Extend.WorkflowStepDefinition[],
	now: number,
): WorkflowRecord {
	const draft = newVersion(0, 'draft', null, steps, now);
	return { seq, id: newId('workflow'), name, createdAt: now, updatedAt: now, versions: [draft] };
}

/**
 * Deploys the draft, or the given steps, as the next version. Throws a 400 when a step that needs a
 * processor has none.
 */
export function deploy(
	workflow: WorkflowRecord,
	name: string | null,
	steps: readonly Extend.WorkflowStepDefinition[] | undefined,
	now: number,
): VersionRecord {
	const deployed = steps ?? workflow.versions[0].steps;
	const unconfigured = deployed.find(
		(step) => ['EXTRACT', 'CLASSIFY', 'SPLIT'].includes(step.type) && !('config' in step),
	);
	if (unconfigured) throw invalidRequest(`Step ${unconfigured.name} is not configured`);
	const seq = workflow.versions.length;
	const version = newVersion(seq, String(seq), name, deployed, now);
	workflow.versions.push(version);
	workflow.updatedAt = now;
	return version;
}

/**
 * The version that a run uses: omitted means the newest deployed one, else the draft (Extend SDK,
 * `WorkflowReference`). Throws a 404 when there is no such version.
 */
export function resolveVersion(
	workflow: WorkflowRecord,
	wanted: string | undefined,
): VersionRecord {
	const { versions } = workflow;
	const newest = versions.at(-1) ?? versions[0];
	if (wanted === undefined) return newest;
	const found =
		wanted === 'latest'
			? versions.slice(1).at(-1)
			: versions.find(({ version, id }) => version === wanted || id === wanted);
	if (found) return found;
	throw notFound('Workflow version', wanted);
}

/** A workflow in lists and runs (Extend SDK, `WorkflowSummary`). */
export function workflowSummary(workflow: WorkflowRecord): Extend.WorkflowSummary {
	return {
		object: 'workflow',
		id: workflow.id,
		name: workflow.name,
		createdAt: timestamp(workflow.createdAt),
		updatedAt: timestamp(workflow.updatedAt),
		createdBy: USER,
	};
}

/** A whole workflow (Extend SDK, `Workflow`). */
export function workflowAnswer(workflow: WorkflowRecord): Extend.Workflow {
	return {
		...workflowSummary(workflow),
		object: 'workflow',
		createdBy: USER,
		draftVersion: versionAnswer(workflow.versions[0]),
	};
}

/** A version in lists and runs (Extend SDK, `WorkflowVersionSummary`). */
export function versionSummary(version: VersionRecord): Extend.WorkflowVersionSummary {
	return {
		object: 'workflow_version',
		id: version.id,
		version: version.version,
		name: version.name,
		createdAt: timestamp(version.createdAt),
		createdBy: USER,
	};
}

/** A whole version (Extend SDK, `WorkflowVersion`). */
export function versionAnswer(version: VersionRecord): Extend.WorkflowVersion {
	return { ...versionSummary(version), object: 'workflow_version', steps: version.steps };
}

function newVersion(
	seq: number,
	version: string,
	name: string | null,
	steps: readonly Extend.WorkflowStepDefinition[],
	createdAt: number,
): VersionRecord {
	return { seq, id: newId('workflow_version'), version, name, createdAt, steps: [...steps] };
}
