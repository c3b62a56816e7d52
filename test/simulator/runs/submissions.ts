import type { Backend } from '../world/backend';
import { ApiError, invalidRequest, notFound } from '../http/errors';
import { fileKind, nameFromUrl, type FileRecord } from '../world/files';
import { newId } from '../world/ids';
import { creationOrder, momentOfCreation } from './listOrder';
import { steering, UNUSABLE_FILE } from './lifeCycle';
import { byteLength, holdsNul } from '../http/json';
import {
	documentOf,
	type BatchRequest,
	type FileReference,
	type RunInput,
	type RunRequest,
	type WorkflowReference,
} from './runRequests';
import type { RunRecord } from './runs';
import type { BadInputs, PositionStyle } from '../world/settings';
import { positioned } from '../http/validation';
import { resolveVersion, type VersionRecord, type WorkflowRecord } from '../world/workflows';
import type { Workspace } from '../world/workspace';

/** Most characters of an input that an error message quotes. */
const QUOTED_LENGTH = 500;

/** What all runs of one submission share. */
interface Submission {
	workflow: WorkflowRecord;
	version: VersionRecord;
	batchId: string | null;
	now: number;
}

/** Why an input cannot be used, and which part of it. */
interface Problem {
	/** Such as `file.url`. */
	path: string;
	text: string;
}

/** Turns accepted requests into runs. */
export class Submissions {
	constructor(private readonly backend: Backend) {}

	/**
	 * Accepts a batch: one run for each input. Throws a 404 when there is no such workflow or version
	 * and, depending on the settings `badInputs`, `unknownFileId` and `poison`, refuses the whole batch
	 * for one input.
	 */
	acceptBatch(workspace: Workspace, request: BatchRequest): string {
		const { backend } = this;
		const batchId = newId('batch');
		const submission = this.begin(workspace, request.workflow, batchId);
		this.refuseInputs(workspace, request.inputs);
		const runs = this.acceptInOrder(workspace, submission, request.inputs);
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
		this.refuseInputs(workspace, [request.input]);
		const run = this.accept(workspace, submission, request.input, submission.now, 0);
		this.record(run, request.input, 0);
		return run;
	}

	/** Makes the runs in the order that the setting `listOrder` asks for. Gives them in input order. */
	private acceptInOrder(
		workspace: Workspace,
		submission: Submission,
		inputs: readonly RunInput[],
	): RunRecord[] {
		const { settings, random } = this.backend;
		const count = inputs.length;
		const runs: RunRecord[] = [];
		for (const [rank, position] of creationOrder(count, settings.listOrder, random).entries()) {
			const createdAt = momentOfCreation(submission.now, rank, count, settings.listOrder);
			const lateBy = Math.round((settings.visibilitySpreadMs / count) * rank);
			const input = inputs[position] as RunInput;
			runs[position] = this.accept(workspace, submission, input, createdAt, lateBy);
		}
		for (const [position, run] of runs.entries()) {
			this.record(run, inputs[position] as RunInput, position);
		}
		return runs;
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

	/** Throws what the first input that stands in the way of all makes Extend answer. */
	private refuseInputs(workspace: Workspace, inputs: readonly RunInput[]): void {
		const { badInputs, validationStatus, positions, poison } = this.backend.settings;
		this.refuseUnknownFiles(workspace, inputs);
		if (badInputs !== 'runFails') {
			for (const input of inputs) {
				const bad = this.problemOf(workspace, input);
				if (!bad) continue;
				const message = refusal(badInputs, positions, input, bad);
				throw new ApiError(validationStatus, 'INVALID_REQUEST', message);
			}
		}
		if (poison === 'serverError' && inputs.some(holdsNul)) {
			throw new ApiError(500, 'INTERNAL_ERROR', 'An unexpected error occurred');
		}
	}

	private refuseUnknownFiles(workspace: Workspace, inputs: readonly RunInput[]): void {
		const { unknownFileId } = this.backend.settings;
		if (unknownFileId === 'runFails') return;
		for (const file of inputs.flatMap(({ files }) => files)) {
			if (file.kind !== 'id' || workspace.files.has(file.id)) continue;
			if (unknownFileId === 'refuse404') throw notFound('File', file.id);
			throw invalidRequest(`File not found: ${file.id}`);
		}
	}

	/** Why an input cannot be used, or undefined when it can. */
	private problemOf(workspace: Workspace, { files, metadata }: RunInput): Problem | undefined {
		if (metadata.simulate === 'refused') {
			return { path: 'file', text: 'The file could not be read' };
		}
		if (byteLength(metadata) > this.backend.settings.metadataLimitBytes) {
			return { path: 'metadata', text: 'Metadata must not exceed 10KB' };
		}
		for (const file of files) {
			if (file.kind === 'text') continue;
			if (documentOf(file).includes('refuse-me')) {
				return { path: `file.${file.kind}`, text: 'The file could not be downloaded' };
			}
			if (file.kind === 'id' && !workspace.files.has(file.id)) {
				return { path: 'file.id', text: `File not found: ${file.id}` };
			}
		}
		return undefined;
	}

	private accept(
		workspace: Workspace,
		{ workflow, version, batchId, now }: Submission,
		input: RunInput,
		createdAt: number,
		lateBy: number,
	): RunRecord {
		const { backend } = this;
		const { settings } = backend;
		const bad = this.problemOf(workspace, input) !== undefined;
		const wish = steering(input.metadata.simulate, settings.outcomeShares, backend.random);
		const files = input.files.map((file) => this.fetch(workspace, file, createdAt));
		const visibleAt = now + settings.visibilityDelayMs + lateBy;
		const run: RunRecord = {
			seq: backend.nextSeq(),
			id: newId('workflow_run'),
			workflow,
			version,
			batchId,
			metadata: input.metadata,
			files,
			clock: backend.clock,
			createdAt,
			visibleAt,
			readableAt: visibleAt + settings.readableDelayMs,
			...backend.lifeCycle.plan(wish, bad ? UNUSABLE_FILE : undefined, createdAt),
			revision: 0,
			deleted: false,
		};
		workspace.runs.add(run);
		backend.webhooks.watch(workspace, run);
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
	private fetch(workspace: Workspace, reference: FileReference, at: number): FileRecord {
		const createdAt = this.backend.clock.extendTime(at);
		if (reference.kind === 'id') {
			const known = workspace.files.get(reference.id);
			return known ?? { seq: 0, id: reference.id, name: 'unknown', type: null, createdAt };
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
			createdAt,
			...(reference.kind === 'text' && { text: reference.text }),
		};
		workspace.files.set(file.id, file);
		return file;
	}
}

/** A problem told by quoting what the input holds instead of where it stands. */
function quoting({ files, metadata }: RunInput, { path, text }: Problem): string {
	if (path === 'metadata') return `${text}: ${JSON.stringify(metadata).slice(0, QUOTED_LENGTH)}`;
	const [file] = files;
	const verb = file?.kind === 'text' ? 'read' : 'download';
	return `Could not ${verb} ${files.map(documentOf).join(', ').slice(0, QUOTED_LENGTH)}`;
}

/** What a refusal of the whole batch says about the input that caused it. */
function refusal(
	badInputs: Exclude<BadInputs, 'runFails'>,
	positions: PositionStyle,
	input: RunInput,
	{ path, text }: Problem,
): string {
	switch (badInputs) {
		case 'refuseWithPosition':
			return positioned(input.path === '' ? path : `${input.path}.${path}`, text, positions);
		case 'refuseWithoutPosition':
			return 'One or more inputs could not be processed';
		case 'refuseQuoting':
			return quoting(input, { path, text });
	}
}
