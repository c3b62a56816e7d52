import type { Backend } from '../world/backend';
import { notFound } from '../http/errors';
import { newId } from '../world/ids';
import { Intake } from './intake';
import { creationOrder, momentOfCreation } from './listOrder';
import {
	documentOf,
	type BatchRequest,
	type RunInput,
	type RunRequest,
	type WorkflowReference,
} from './runRequests';
import type { RunRecord } from './runs';
import { resolveVersion, type VersionRecord, type WorkflowRecord } from '../world/workflows';
import type { Workspace } from '../world/workspace';

/** What all runs of one submission share. */
interface Submission {
	workflow: WorkflowRecord;
	version: VersionRecord;
	batchId: string | null;
	now: number;
}

/** Turns accepted requests into runs. */
export class Submissions {
	private readonly intake: Intake;

	constructor(private readonly backend: Backend) {
		this.intake = new Intake(backend);
	}

	/**
	 * Accepts a batch: one run for each input. Throws a 404 when there is no such workflow or version
	 * and, depending on the settings `badInputs`, `unknownFileId` and `poison`, refuses the whole batch
	 * for one input.
	 */
	acceptBatch(workspace: Workspace, request: BatchRequest): string {
		const { backend } = this;
		const batchId = newId('batch');
		const submission = this.begin(workspace, request.workflow, batchId);
		this.intake.refuse(workspace, request.inputs);
		const runs = this.acceptInOrder(workspace, submission, request);
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
		this.intake.refuse(workspace, [request.input]);
		const run = this.accept(workspace, submission, request.input, submission.now, 0);
		this.record(run, request.input, 0, request.priority);
		return run;
	}

	/** Makes the runs in the order that the setting `listOrder` asks for. Gives them in input order. */
	private acceptInOrder(
		workspace: Workspace,
		submission: Submission,
		{ inputs, priority }: BatchRequest,
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
			this.record(run, inputs[position] as RunInput, position, priority);
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

	private accept(
		workspace: Workspace,
		{ workflow, version, batchId, now }: Submission,
		input: RunInput,
		createdAt: number,
		lateBy: number,
	): RunRecord {
		const { backend } = this;
		const { settings } = backend;
		const { files, plan } = this.intake.take(workspace, input, createdAt);
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
			...plan,
			revision: 0,
			deleted: false,
		};
		workspace.runs.add(run);
		backend.webhooks.watch(workspace, run);
		return run;
	}

	private record(run: RunRecord, input: RunInput, position: number, priority: number): void {
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
			priority,
			secretNames: Object.keys(input.secrets ?? {}),
			hasPassword: password !== undefined,
		});
		if (password === undefined && input.secrets === undefined) return;
		vault.keepRun(run.id, {
			...(password !== undefined && { password }),
			...(input.secrets && { secrets: input.secrets }),
		});
	}
}
