import type { Backend } from './backend';
import { ApiError, notFound } from './errors';
import { fileKind, nameFromUrl, type FileRecord } from './files';
import { newId } from './ids';
import type { JsonObject } from './json';
import { steering, UNUSABLE_FILE } from './lifeCycle';
import {
	documentOf,
	type BatchRequest,
	type FileReference,
	type RunInput,
	type RunRequest,
	type WorkflowReference,
} from './runRequests';
import type { RunRecord } from './runs';
import { resolveVersion, type VersionRecord, type WorkflowRecord } from './workflows';
import type { Workspace } from './workspace';

/** What all runs of one submission share. */
interface Submission {
	workflow: WorkflowRecord;
	version: VersionRecord;
	batchId: string | null;
	now: number;
}

/** Turns accepted requests into runs. */
export class Submissions {
	constructor(private readonly backend: Backend) {}

	/**
	 * Accepts a batch: one run for each input. Throws a 404 when there is no such workflow or version
	 * and, depending on the setting `badInputs`, refuses the whole batch for an unusable input.
	 */
	acceptBatch(workspace: Workspace, request: BatchRequest): string {
		const { backend } = this;
		const batchId = newId('batch');
		const submission = this.begin(workspace, request.workflow, batchId);
		this.refuseBadInputs(workspace, request.inputs);
		const spread = backend.settings.visibilitySpreadMs / request.inputs.length;
		const runs = request.inputs.map((input, position) =>
			this.accept(workspace, submission, input, position, Math.round(spread * position)),
		);
		backend.ledger.batches.push({
			batchId,
			workflowId: submission.workflow.id,
			version: submission.version.version,
			priority: request.priority,
			runIds: runs.map(({ id }) => id),
			acceptedAt: submission.now,
		});
		return batchId;
	}

	/** Accepts a single run. */
	acceptRun(workspace: Workspace, request: RunRequest): RunRecord {
		const submission = this.begin(workspace, request.workflow, null);
		this.refuseBadInputs(workspace, [request.input]);
		return this.accept(workspace, submission, request.input, 0, 0);
	}

	private begin(
		workspace: Workspace,
		reference: WorkflowReference,
		batchId: string | null,
	): Submission {
		const workflow = workspace.workflows.get(reference.id);
		if (!workflow) throw notFound('Workflow', reference.id);
		const version = resolveVersion(workflow, reference.version);
		return { workflow, version, batchId, now: this.backend.now() };
	}

	private refuseBadInputs(workspace: Workspace, inputs: readonly RunInput[]): void {
		const { badInputs, validationStatus } = this.backend.settings;
		if (badInputs === 'runFails') return;
		for (const input of inputs) {
			const problem = this.problemOf(workspace, input);
			if (problem === undefined) continue;
			const where = input.path === '' ? '' : `${input.path}.`;
			const message =
				badInputs === 'refuseWithPosition'
					? `${where}${problem}`
					: 'One or more inputs could not be processed';
			throw new ApiError(validationStatus, 'INVALID_REQUEST', message);
		}
	}

	/** Why an input cannot be used, or undefined when it can. */
	private problemOf(workspace: Workspace, { files, metadata }: RunInput): string | undefined {
		if (metadata.simulate === 'refused') return 'file: The file could not be read';
		if (byteLength(metadata) > this.backend.settings.metadataLimitBytes) {
			return 'metadata: Metadata must not exceed 10KB';
		}
		for (const file of files) {
			if (file.kind === 'text') continue;
			if (documentOf(file).includes('refuse-me')) {
				return `file.${file.kind}: The file could not be downloaded`;
			}
			if (file.kind === 'id' && !workspace.files.has(file.id)) {
				return `file.id: File not found: ${file.id}`;
			}
		}
		return undefined;
	}

	private accept(
		workspace: Workspace,
		{ workflow, version, batchId, now }: Submission,
		input: RunInput,
		position: number,
		lateBy: number,
	): RunRecord {
		const { backend } = this;
		const { settings } = backend;
		const bad = this.problemOf(workspace, input) !== undefined;
		const wish = steering(input.metadata.simulate, settings.outcomeShares, backend.random);
		const files = input.files.map((file) => this.fetch(workspace, file, now));
		const run: RunRecord = {
			seq: backend.nextSeq(),
			id: newId('workflow_run'),
			workflow,
			version,
			batchId,
			metadata: input.metadata,
			files,
			createdAt: now,
			visibleAt: now + settings.visibilityDelayMs + lateBy,
			...backend.lifeCycle.plan(wish, bad ? UNUSABLE_FILE : undefined, now),
			revision: 0,
			deleted: false,
		};
		workspace.runs.add(run);
		backend.webhooks.watch(workspace, run);
		this.record(run, input, position);
		return run;
	}

	private record(run: RunRecord, input: RunInput, position: number): void {
		const { ledger, vault } = this.backend;
		const [file] = input.files;
		const password = file?.kind === 'url' ? file.password : undefined;
		ledger.runs.push({
			id: run.id,
			batchId: run.batchId,
			position,
			workflowId: run.workflow.id,
			document: input.files.map(documentOf).join(' '),
			fileName: run.files[0]?.name ?? '',
			metadata: input.metadata,
			secretNames: Object.keys(input.secrets ?? {}),
			hasPassword: password !== undefined,
		});
		if (password === undefined && input.secrets === undefined) return;
		vault.keepRun(run.id, {
			...(password !== undefined && { password }),
			...(input.secrets && { secrets: input.secrets }),
		});
	}

	/** The file of a run. Files given by URL or text are new; an unknown id gives a stand-in. */
	private fetch(workspace: Workspace, reference: FileReference, now: number): FileRecord {
		if (reference.kind === 'id') {
			const known = workspace.files.get(reference.id);
			return known ?? { seq: 0, id: reference.id, name: 'unknown', type: null, createdAt: now };
		}
		const name =
			reference.kind === 'url'
				? (reference.name ?? nameFromUrl(reference.url))
				: (reference.name ?? 'text.txt');
		const file: FileRecord = {
			seq: this.backend.nextSeq(),
			id: newId('file'),
			name,
			type: reference.kind === 'text' ? 'TXT' : fileKind(name),
			createdAt: now,
			...(reference.kind === 'text' && { text: reference.text }),
		};
		workspace.files.set(file.id, file);
		return file;
	}
}

function byteLength(metadata: JsonObject): number {
	return Buffer.byteLength(JSON.stringify(metadata));
}
