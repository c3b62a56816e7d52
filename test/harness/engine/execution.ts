/** One execution of a workflow by n8n's engine; what the ways to run nodes have in common. */
import './environment';

import { stringify } from 'flatted';
import { ExecutionLifecycleHooks, WorkflowExecute } from 'n8n-core';
import type {
	ExecutionError,
	ICredentialType,
	IDataObject,
	IExecuteContextData,
	INode,
	INodeExecutionData,
	INodeType,
	IPinData,
	IRun,
	ITaskData,
	NodeExecutionHint,
	Workflow,
	WorkflowExecuteMode,
} from 'n8n-workflow';
import { UnexpectedError, WorkflowOperationError, createRunExecutionData } from 'n8n-workflow';

import type { CredentialsByType } from './credentials';
import { surroundings } from './workflow';

/** The node before ours; its items are the input. Expressions may name it: `$('Start').item`. */
export const START = 'Start';

/** The type of the start node. */
export const START_TYPE = 'engine.start';

/** The one kind of connection that our nodes have. */
export const MAIN = 'main';

/** Hands on the items that the execution starts with, as a trigger does. */
export const start: INodeType = {
	description: {
		displayName: START,
		name: 'start',
		group: ['trigger'],
		version: 1,
		description: 'Hands on the items that the execution starts with',
		defaults: { name: START },
		inputs: [],
		outputs: [MAIN],
		properties: [],
	},
	webhook: async () => {
		throw new UnexpectedError('The start node is started with items, it receives nothing.');
	},
};

/** What is executed, and in which circumstances. */
export interface Circumstances {
	workflow: Workflow;
	startNode: INode;
	/** The items of each turn of the start node. */
	inputs: INodeExecutionData[][];
	/** `manual` by default, as from the editor; a published workflow runs in `trigger` or `webhook`. */
	mode?: WorkflowExecuteMode;
	executionId?: string;
	/** By the name of the credential type. */
	credentials?: CredentialsByType;
	/** The types of these credentials. */
	credentialTypes?: ICredentialType[];
	/** What nodes put out without being run, by their names. */
	pinData?: IPinData;
	/** What nodes keep in `getContext('node')` from an execution before, by their names. */
	contextData?: { [node: string]: IDataObject };
	/** Stops the execution that many milliseconds after its start. */
	cancelAfterMs?: number;
	/** Gets a function that stops the execution as n8n's Stop button does. */
	cancel?: (cancel: () => void) => void;
}

/** One of the runs of a node in an execution. */
export interface SingleRun {
	outputs: INodeExecutionData[][];
	error?: ExecutionError;
	hints: NodeExecutionHint[];
}

/** How an execution ended. */
export interface Ending {
	/** The status with which n8n stores the execution. */
	status: 'success' | 'error' | 'canceled' | 'waiting';
	/** What the engine recorded; absent if the workflow has issues and never started. */
	finished?: IRun;
	/** Why it never started. */
	issue?: WorkflowOperationError;
	durationMs: number;
}

let executions = 0;

/** Contexts of nodes as they come back from n8n's database. */
function restored(contexts: { [node: string]: IDataObject }): IExecuteContextData {
	const stored = Object.entries(contexts).map(([node, context]) => [`node:${node}`, context]);
	return JSON.parse(JSON.stringify(Object.fromEntries(stored))) as IExecuteContextData;
}

/** Executes a workflow. */
export async function executeWorkflow(circumstances: Circumstances): Promise<Ending> {
	const { workflow, startNode, mode = 'manual', pinData } = circumstances;
	const { executionId = String(++executions) } = circumstances;
	let recorded: IRun | undefined;
	const additionalData = surroundings({
		credentials: circumstances.credentials ?? {},
		credentialTypes: circumstances.credentialTypes,
		executionId,
		workflowId: workflow.id,
	});
	additionalData.hooks = new ExecutionLifecycleHooks(mode, executionId, {
		id: workflow.id,
		name: 'Workflow under test',
		active: false,
		isArchived: false,
		activeVersionId: null,
		createdAt: new Date(),
		updatedAt: new Date(),
		nodes: Object.values(workflow.nodes),
		connections: workflow.connectionsBySourceNode,
	});
	// n8n stores what this hook first reports: on a cancellation that is before the node ends.
	additionalData.hooks.addHandler('workflowExecuteAfter', (finished) => {
		recorded ??= finished;
	});
	const engine = new WorkflowExecute(
		additionalData,
		mode,
		createRunExecutionData({
			...(pinData === undefined ? {} : { resultData: { pinData } }),
			executionData: {
				nodeExecutionStack: circumstances.inputs.map((items) => ({
					node: startNode,
					data: { [MAIN]: [items] },
					source: null,
				})),
				contextData: restored(circumstances.contextData ?? {}),
			},
		}),
	);

	const startedAt = performance.now();
	let timer: NodeJS.Timeout | undefined;
	try {
		const execution = engine.processRunExecutionData(workflow);
		const cancel = () => {
			execution.cancel();
		};
		circumstances.cancel?.(cancel);
		const { cancelAfterMs } = circumstances;
		if (cancelAfterMs !== undefined) timer = setTimeout(cancel, cancelAfterMs);
		const finished = await execution;
		const durationMs = performance.now() - startedAt;
		return { status: knownStatus((recorded ?? finished).status), finished, durationMs };
	} catch (error) {
		// A workflow with issues, for example a required field left empty, never starts.
		if (!(error instanceof WorkflowOperationError)) throw error;
		return { status: 'error', issue: error, durationMs: performance.now() - startedAt };
	} finally {
		clearTimeout(timer);
	}
}

/** What the engine recorded of one run of a node. */
export function singleRun(task: ITaskData): SingleRun {
	return {
		outputs: (task.data?.[MAIN] ?? []).map((items) => items ?? []),
		...(task.error === undefined ? {} : { error: task.error }),
		hints: task.hints ?? [],
	};
}

/** An error as n8n would store it; empty if there is none. */
export function serialised(error: unknown): string {
	return error === undefined ? '' : stringify(error);
}

function knownStatus(status: IRun['status']): Ending['status'] {
	switch (status) {
		case 'success':
		case 'error':
		case 'canceled':
		case 'waiting':
			return status;
		default:
			throw new UnexpectedError(`The execution ended with the status "${status}".`);
	}
}
