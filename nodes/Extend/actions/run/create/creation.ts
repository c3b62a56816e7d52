import type { PreparedDocument } from '../../../../documents/documents';
import { originOf } from '../../../../documents/metadata';
import { uploadFiles } from '../../../../extend/api/files';
import { fetchRun, listRunsSince } from '../../../../extend/api/runs';
import type { RunFile, WorkflowRun } from '../../../../extend/api/types';
import type { CallFailure } from '../../../../extend/failures/failure';
import type { Sending } from '../../../../extend/runs/creation';
import { Journal } from '../../../../submit/journal';
import { BatchSubmitter } from '../../../../submit/submitter';
import type { AcceptedInputs, RejectedInputs } from '../../../../submit/types';
import { WorkflowCheck } from '../../../../submit/workflowCheck';
import type { Workplace } from '../../../operation';
import { RunWatch } from '../../../waiting/runWatch';
import { untilFinished } from '../../../waiting/untilFinished';
import type { Ended } from '../../../waiting/untilFinished';
import type { CreateInput } from './input';
import { runRequest } from './request';
import type { SingleRunInput } from './request';

/** A run that was created, now or in an earlier try. */
export interface CreatedRun extends Sending {
	id: string;
	/** As Extend answered, if it was created just now and its answer came. */
	run: WorkflowRun | undefined;
}

/** How creating a run ended. */
export type Created =
	| { ok: true; created: CreatedRun }
	| {
			ok: false;
			failure: CallFailure;
			/** What Extend does not have, if that is the reason. */
			missing?: 'workflow' | 'version';
			/** Whether the run may have been created all the same. */
			isInDoubt: boolean;
	  };

/** What earlier tries of this node run did. */
interface Recalled {
	accepted: Map<CreateInput, AcceptedInputs<CreateInput>>;
	rejected: Map<CreateInput, RejectedInputs<CreateInput>>;
}

/** Creates the runs of one job, so that no input becomes two runs and none is lost; and waits for them. */
export class RunCreation {
	private readonly journal: Journal;

	private readonly submitter: BatchSubmitter<SingleRunInput>;

	/** By workflow. */
	private readonly watches = new Map<string, RunWatch>();

	private readonly answers = new Map<string, WorkflowRun>();

	private readonly recalled: Promise<Recalled>;

	private itemsDone = 0;

	constructor(
		private readonly workplace: Workplace,
		inputs: readonly CreateInput[],
	) {
		const { client, context } = workplace;
		this.journal = Journal.open(context, client.account);
		const workflows = new WorkflowCheck(client);
		this.submitter = new BatchSubmitter<SingleRunInput>(
			client,
			this.journal,
			workflows,
			(settings) => ({ isWanted: () => !workflows.isMissing(settings) }),
			runRequest(originOf(context), (run) => this.answers.set(run.id, run)),
		);
		for (const { confidential } of inputs) {
			for (const secret of confidential) client.keepSecret(secret);
		}
		this.recalled = this.recall([...inputs]);
	}

	/** Creates a run, or takes over the one that an earlier try created. It never throws for a call that fails. */
	async create(input: CreateInput): Promise<Created> {
		const { accepted, rejected } = await this.recalled;
		const known = accepted.get(input);
		if (known !== undefined) return this.created(known);
		const doubtful = rejected.get(input);
		if (doubtful !== undefined) return this.failed(input, doubtful);
		const uploaded = await this.upload(input);
		if (!uploaded.ok) return { ...uploaded, isInDoubt: false };
		const { files } = uploaded;
		const ready: SingleRunInput = {
			itemIndex: input.itemIndex,
			settings: input.settings,
			document: input.document,
			file: files[0]!,
			metadata: input.metadata,
			secrets: input.secrets,
			...(input.isPackage ? { package: files } : {}),
		};
		const result = await this.submitter.submit([ready]);
		const [batch] = result.accepted;
		if (batch === undefined) return this.failed(input, result.rejected[0]!);
		await this.lookForDoubles(input, batch.batchId);
		return this.created(batch);
	}

	/** Waits for a run that was created. */
	async finished(
		{ settings: { workflowId }, open }: CreateInput,
		{ id, ...sending }: CreatedRun,
		deadline: number,
	): Promise<Ended<WorkflowRun>> {
		const { client } = this.workplace;
		let watch = this.watches.get(workflowId);
		if (watch === undefined) {
			watch = new RunWatch(client, {
				since: async (time) => await listRunsSince(client, workflowId, time),
			});
			this.watches.set(workflowId, watch);
		}
		return await untilFinished(
			watch,
			{ runId: id, sending, deadline, open },
			async () => await fetchRun(client, id),
		);
	}

	/** Notes that an item leaves the node well; when all do, n8n cannot run the node again for them. */
	left(): void {
		this.itemsDone++;
		if (this.itemsDone === this.workplace.context.getInputData().length) this.journal.close();
	}

	private async recall(inputs: CreateInput[]): Promise<Recalled> {
		const recalled: Recalled = { accepted: new Map(), rejected: new Map() };
		if (this.journal.isEmpty) return recalled;
		const { accepted, rejected } = await this.submitter.recall(inputs);
		for (const batch of accepted) {
			for (const input of batch.inputs) recalled.accepted.set(input, batch);
		}
		for (const rejection of rejected) {
			for (const input of rejection.inputs) recalled.rejected.set(input, rejection);
		}
		return recalled;
	}

	private created({ batchId: id, submittedAt }: AcceptedInputs<unknown>): Created {
		const run = this.answers.get(id);
		this.answers.delete(id);
		return { ok: true, created: { id, run, sentAt: Date.parse(submittedAt) } };
	}

	private failed(
		input: CreateInput,
		{ failure, missing }: Pick<RejectedInputs<unknown>, 'failure' | 'missing'>,
	): Created {
		const isInDoubt = this.submitter.claims.inDoubt(input).length > 0;
		return { ok: false, failure, missing, isInDoubt };
	}

	/** Uploads the files that are in n8n, unless an earlier try did. */
	private async upload({
		itemIndex,
		files,
	}: CreateInput): Promise<{ ok: true; files: RunFile[] } | { ok: false; failure: CallFailure }> {
		const { context, client } = this.workplace;
		const isNew = ({ document, upload }: PreparedDocument) =>
			upload !== undefined && this.journal.uploadOf(itemIndex, document) === undefined;
		const newFiles = files.filter(isNew);
		const { uploaded, failure } = await uploadFiles(
			context,
			client,
			newFiles.flatMap(({ upload }) => upload ?? []),
		);
		for (const [index, sent] of uploaded.entries()) {
			if (sent !== undefined) this.journal.uploaded(itemIndex, newFiles[index]!.document, sent.id);
		}
		if (failure !== undefined) return { ok: false, failure };
		const ready = files.map(
			({ file, document }) => file ?? { id: this.journal.uploadOf(itemIndex, document)! },
		);
		return { ok: true, files: ready };
	}

	/** A request that was looked for in vain before the document was sent again may turn up late. */
	private async lookForDoubles(input: CreateInput, id: string): Promise<void> {
		for (const double of await this.submitter.lookAgain(input)) {
			this.workplace.warn(
				`Run ${double} appeared in Extend only after the document of item ${input.itemIndex} had been sent again as run ${id}. Cancel or delete one of them.`,
			);
		}
	}
}
