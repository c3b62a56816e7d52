/** Runs one node in n8n's real execution engine. */
import './environment';

import { stringify } from 'flatted';
import type {
	ExecutionError,
	IDataObject,
	IExecuteFunctions,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IRunData,
	IWorkflowSettings,
	NodeExecutionHint,
} from 'n8n-workflow';
import { NodeHelpers, Workflow } from 'n8n-workflow';

import {
	MAIN,
	START,
	START_TYPE,
	executeWorkflow,
	serialised,
	singleRun,
	start,
	type Circumstances,
	type Ending,
	type SingleRun,
} from './execution';
import { withBinaryStorage, withLog, type BinaryStorage } from './services';
import { placeNode, referencesTo, registryOf, typeNameOf } from './workflow';

/** What to run, and how. */
export interface NodeRun extends Omit<
	Circumstances,
	'workflow' | 'startNode' | 'inputs' | 'pinData' | 'contextData'
> {
	/** The node under test, an instance of its class. */
	node: INodeType;
	/** The input. Its `json` and `binary` are not copied, so a test can see if the node changes them. */
	items: INodeExecutionData[];
	/** As saved in a workflow: what is missing takes its default, `={{ … }}` is evaluated. */
	parameters?: INodeParameters;
	/** The node's On Error setting. */
	onError?: INode['onError'];
	retryOnFail?: boolean;
	maxTries?: number;
	/** In milliseconds, 1 by default. n8n takes 0 for its own default, a second. */
	waitBetweenTries?: number;
	/** The node's name in the workflow; by default the one a new node gets. */
	name?: string;
	/**
	 * How often the node runs in this one execution, as in a loop: a number repeats `items`,
	 * lists of items are the input of each run and replace `items`.
	 */
	runs?: number | INodeExecutionData[][];
	/** Where binary data lives; must fit the items, see {@link binaryItem}. */
	binaryMode?: BinaryStorage;
	/** The workflow's settings, for example `{ binaryMode: 'combined' }`. */
	settings?: IWorkflowSettings;
	workflowId?: string;
	/**
	 * What the node keeps in `getContext('node')`, from an execution before: n8n restores it when a failed
	 * execution is retried. See {@link RunResult.contextData}.
	 */
	contextData?: IDataObject;
	/**
	 * Expressions that a node after ours evaluates for each item it receives, for example
	 * `={{ $('Start').item.json.id }}` to see whether item linking works. See {@link RunResult.after}.
	 */
	after?: Record<string, string>;
}

/** What came of it. */
export interface RunResult {
	/** The status with which n8n stores the execution. */
	status: Ending['status'];
	/** What left each output in the node's last run: 0 is the main one, 1 the error branch. */
	outputs: INodeExecutionData[][];
	/** Each run of the node, if there were several. */
	eachRun: SingleRun[];
	/**
	 * The error as the engine recorded it: a plain object. Present too when the workflow went on
	 * after the node threw; the status tells. When a cancelled node ends without throwing, it is
	 * n8n's own note of the cancellation.
	 */
	error?: ExecutionError;
	/** The error as n8n would store it, or an empty string: search it for what must not be there. */
	serialisedError: string;
	/** The whole execution as n8n would store it, input included. Made when it is asked for. */
	stored: string;
	/** What the node said in the last run through `addExecutionHints`. */
	hints: NodeExecutionHint[];
	/** Everything the engine recorded, by the name of the node. */
	runData: IRunData;
	/** What the node keeps in `getContext('node')`. */
	contextData: IDataObject;
	/** What the node logged, as `level: message { details }`. */
	logs: string[];
	/**
	 * Per output, for each item that arrived there: the value of each expression in
	 * {@link NodeRun.after}, or `Error: …` where one could not be evaluated.
	 */
	after: IDataObject[][];
	durationMs: number;
}

const AFTER_TYPE = 'engine.after';

/** Evaluates expressions for the items that arrive from our node, and keeps the values. */
function observer(expressions: string[], seen: Map<string, IDataObject[]>): INodeType {
	return {
		description: {
			displayName: 'After',
			name: 'after',
			group: ['transform'],
			version: 1,
			description: 'Looks at what arrives',
			defaults: { name: 'After' },
			inputs: [MAIN],
			outputs: [MAIN],
			properties: expressions.map((name) => ({
				displayName: name,
				name,
				type: 'string',
				default: '',
			})),
		},
		async execute(this: IExecuteFunctions) {
			const items = this.getInputData();
			if (expressions.length === 0) return [items];
			const values = items.map((_item, index) =>
				Object.fromEntries(
					expressions.map((name): [string, IDataObject[string]] => {
						try {
							const value: unknown = this.getNodeParameter(name, index);
							return [name, value as IDataObject[string]];
						} catch (error) {
							return [name, `Error: ${(error as Error).message}`];
						}
					}),
				),
			);
			const { name } = this.getNode();
			seen.set(name, [...(seen.get(name) ?? []), ...values]);
			return [items];
		},
	};
}

/** Runs a node once, or several times, in one execution, and tells what came of it. */
export async function runNode(run: NodeRun): Promise<RunResult> {
	const logs: string[] = [];
	return await withBinaryStorage(
		run.binaryMode ?? 'default',
		async () => await withLog(logs, async () => await execute(run, logs)),
	);
}

async function execute(run: NodeRun, logs: string[]): Promise<RunResult> {
	const { node: type, after = {}, workflowId = 'workflow-under-test', credentials = {} } = run;
	const name = run.name ?? type.description.defaults.name ?? type.description.displayName;

	const startNode = placeNode(start, { name: START, type: START_TYPE, position: [0, 0] });
	const node = placeNode(type, {
		name,
		type: typeNameOf(type),
		position: [200, 0],
		// The engine fills in defaults and must not do so in an object of the test.
		parameters: structuredClone(run.parameters ?? {}),
		...(Object.keys(credentials).length > 0 ? { credentials: referencesTo(credentials) } : {}),
		...(run.onError === undefined ? {} : { onError: run.onError }),
		...(run.retryOnFail === undefined ? {} : { retryOnFail: run.retryOnFail }),
		...(run.maxTries === undefined ? {} : { maxTries: run.maxTries }),
		waitBetweenTries: run.waitBetweenTries ?? 1,
	});
	const seen = new Map<string, IDataObject[]>();
	const afterType = observer(Object.keys(after), seen);
	const nodeTypes = registryOf({
		[START_TYPE]: start,
		[node.type]: type,
		[AFTER_TYPE]: afterType,
	});
	const workflow = new Workflow({
		id: workflowId,
		name: 'Workflow under test',
		nodes: [startNode, node],
		connections: {},
		active: false,
		nodeTypes,
		settings: { executionOrder: 'v1', ...run.settings },
	});
	const outputTypes = NodeHelpers.getConnectionTypes(
		NodeHelpers.getNodeOutputs(workflow, node, type.description),
	);
	const observers = outputTypes
		.filter((output) => output === MAIN)
		.map((_output, index) =>
			placeNode(afterType, {
				name: `After ${index}`,
				type: AFTER_TYPE,
				position: [400, 100 * index],
				parameters: { ...after },
			}),
		);
	workflow.setNodes([startNode, node, ...observers]);
	workflow.setConnections({
		[START]: { [MAIN]: [[{ node: name, type: MAIN, index: 0 }]] },
		[name]: {
			[MAIN]: observers.map((observing) => [{ node: observing.name, type: MAIN, index: 0 }]),
		},
	});

	const inputs = Array.isArray(run.runs)
		? run.runs
		: Array.from({ length: run.runs ?? 1 }, () => run.items);
	const contextData = run.contextData === undefined ? {} : { [name]: run.contextData };
	const ending = await executeWorkflow({ ...run, workflow, startNode, inputs, contextData });
	const { status, finished, durationMs } = ending;
	if (finished === undefined) return neverStarted(ending, logs);
	const { resultData, executionData } = finished.data;
	const eachRun = (resultData.runData[name] ?? []).map(singleRun);
	const last = eachRun.at(-1);
	const error = resultData.error ?? last?.error;
	return {
		status,
		outputs: last?.outputs ?? [],
		eachRun,
		...(error === undefined ? {} : { error }),
		serialisedError: serialised(error),
		get stored() {
			return stringify(finished.data);
		},
		hints: last?.hints ?? [],
		runData: resultData.runData,
		contextData: executionData?.contextData[`node:${name}`] ?? {},
		logs,
		after: observers.map((observing) => seen.get(observing.name) ?? []),
		durationMs,
	};
}

function neverStarted({ status, issue, durationMs }: Ending, logs: string[]): RunResult {
	return {
		status,
		outputs: [],
		eachRun: [],
		...(issue === undefined ? {} : { error: issue }),
		serialisedError: serialised(issue),
		stored: stringify({ error: issue }),
		hints: [],
		runData: {},
		contextData: {},
		logs,
		after: [],
		durationMs,
	};
}
