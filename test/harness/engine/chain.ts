/** Runs a small workflow of several nodes in n8n's real execution engine, with n8n's own item links. */
import './environment';

import type {
	ExecutionError,
	IConnections,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	IWorkflowSettings,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

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
import { withLog } from './services';
import { placeNode, referencesTo, registryOf, typeNameOf } from './workflow';

/** A node of the workflow. */
export interface ChainedNode {
	/** An instance of its class. */
	node: INodeType;
	/** As saved in a workflow. */
	parameters?: INodeParameters;
	onError?: INode['onError'];
	retryOnFail?: boolean;
	maxTries?: number;
	/** From which nodes it gets its items: their names, each with the output if not the first. */
	from: Array<string | [name: string, output: number]>;
}

/** What to run, and how. */
export interface Chain extends Omit<Circumstances, 'workflow' | 'startNode' | 'inputs'> {
	/** What the node {@link START} puts out. */
	items: INodeExecutionData[];
	/** The nodes behind it, by their names in the workflow. */
	nodes: Record<string, ChainedNode>;
	settings?: IWorkflowSettings;
}

/** What came of it. */
export interface ChainResult {
	status: Ending['status'];
	/** The last run of each node that ran, by name. */
	nodes: Record<string, SingleRun>;
	error?: ExecutionError;
	/** The error as n8n would store it, or an empty string. */
	serialisedError: string;
	logs: string[];
}

/** Runs a workflow once. */
export async function runChain(chain: Chain): Promise<ChainResult> {
	const logs: string[] = [];
	return await withLog(logs, async () => await execute(chain, logs));
}

async function execute(chain: Chain, logs: string[]): Promise<ChainResult> {
	const { credentials = {} } = chain;
	const startNode = placeNode(start, { name: START, type: START_TYPE, position: [0, 0] });
	const types: Record<string, INodeType> = { [START_TYPE]: start };
	const nodes = Object.entries(chain.nodes).map(([name, placed], index) => {
		const { node, parameters = {}, onError, retryOnFail, maxTries } = placed;
		types[typeNameOf(node)] = node;
		const isOurs = (node.description.credentials ?? []).length > 0;
		return placeNode(node, {
			name,
			type: typeNameOf(node),
			position: [200 * (index + 1), 0],
			parameters: structuredClone(parameters),
			...(isOurs ? { credentials: referencesTo(credentials) } : {}),
			...(onError === undefined ? {} : { onError }),
			...(retryOnFail === undefined ? {} : { retryOnFail }),
			...(maxTries === undefined ? {} : { maxTries }),
			waitBetweenTries: 1,
		});
	});
	const workflow = new Workflow({
		id: 'workflow-under-test',
		name: 'Workflow under test',
		nodes: [startNode, ...nodes],
		connections: connectionsOf(chain.nodes),
		active: false,
		nodeTypes: registryOf(types),
		settings: { executionOrder: 'v1', ...chain.settings },
	});
	const ending = await executeWorkflow({ ...chain, workflow, startNode, inputs: [chain.items] });
	const { resultData } = ending.finished?.data ?? {};
	const runs = Object.entries(resultData?.runData ?? {}).map(
		([name, tasks]) => [name, tasks.at(-1)] as const,
	);
	const error = resultData?.error ?? ending.issue;
	return {
		status: ending.status,
		nodes: Object.fromEntries(
			runs.flatMap(([name, task]) => (task === undefined ? [] : [[name, singleRun(task)]])),
		),
		...(error === undefined ? {} : { error }),
		serialisedError: serialised(error),
		logs,
	};
}

function connectionsOf(nodes: Chain['nodes']): IConnections {
	const connections: IConnections = {};
	for (const [node, { from }] of Object.entries(nodes)) {
		for (const source of from) {
			const [name, output] = typeof source === 'string' ? [source, 0] : source;
			const outputs = ((connections[name] ??= {})[MAIN] ??= []);
			while (outputs.length <= output) outputs.push([]);
			outputs[output]?.push({ node, type: MAIN, index: 0 });
		}
	}
	return connections;
}
