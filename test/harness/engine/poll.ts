/**
 * Plays the life of a polling trigger: it is published, polled, killed and started again. Context and executor are
 * n8n's own; what packages/cli does around them is rewritten here as n8n 2.40 does it without durable cursors: the
 * node's static data lives with the workflow in memory, and is saved when a poll starts an execution and when the
 * workflow is activated, but not after a poll that starts none.
 */
import './environment';

import { Container } from '@n8n/di';
import { PollContext, PollTriggerExecutor } from 'n8n-core';
import type {
	ICredentialType,
	IDataObject,
	INode,
	INodeExecutionData,
	INodeParameters,
	INodeType,
	WorkflowActivateMode,
} from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import type { CredentialsByType } from './credentials';
import { withLog } from './services';
import { placeNode, referencesTo, registryOf, surroundings, typeNameOf } from './workflow';

/** The polling trigger to play. */
export interface PollingOptions {
	/** The node under test, an instance of its class. */
	node: INodeType;
	parameters?: INodeParameters;
	credentials?: CredentialsByType;
	credentialTypes?: ICredentialType[];
	/** What `getPollBudgetMs` tells; without it the context has no such method, as before n8n 2.38. */
	budgetMs?: number;
}

/** A polling trigger. */
export interface PlayedPolling {
	/** The items of each execution that was started, in order. */
	readonly executions: INodeExecutionData[][];
	/** What polls threw: n8n stores a failed execution for each. */
	readonly failures: unknown[];
	readonly logs: string[];
	/** What n8n would find in its database. */
	readonly saved: IDataObject;
	/** A copy of what n8n holds in memory, whether it is saved or not. */
	readonly held: IDataObject;
	parameters: INodeParameters;
	budgetMs: number | undefined;
	/** Publishes the workflow: what polls throw is thrown. Also after `kill`, as n8n does when it starts. */
	activate(mode?: WorkflowActivateMode): Promise<void>;
	/** One poll, as the schedule begins it. */
	poll(): Promise<void>;
	/** Ends n8n's process: what was not saved is gone. */
	kill(): void;
	/** Has the next start of an execution save nothing, as where n8n is killed in that moment. */
	loseNextSave(): void;
	/** A test in the editor. */
	test(): Promise<INodeExecutionData[][] | null>;
}

let played = 0;

/** Places a polling trigger in a workflow; nothing is polled yet. */
export function playPolling(options: PollingOptions): PlayedPolling {
	const { node: type, credentials = {}, credentialTypes } = options;
	const workflowId = `polled-${played++}`;
	const executions: INodeExecutionData[][] = [];
	const failures: unknown[] = [];
	const logs: string[] = [];
	let saved: IDataObject = {};
	let losesSave = false;
	let process: { workflow: Workflow; node: INode } | undefined;
	let runPoll: ((isTest?: boolean) => Promise<void>) | undefined;

	const place = (staticData: IDataObject) => {
		const node = placeNode(type, {
			name: String(type.description.defaults.name),
			type: typeNameOf(type),
			position: [0, 0],
			parameters: structuredClone(polling.parameters),
			...(Object.keys(credentials).length > 0 ? { credentials: referencesTo(credentials) } : {}),
		});
		const workflow = new Workflow({
			id: workflowId,
			name: 'Workflow under test',
			nodes: [node],
			connections: {},
			active: true,
			nodeTypes: registryOf({ [node.type]: type }),
			staticData: structuredClone(staticData),
		});
		return { workflow, node };
	};
	const save = ({ staticData }: Workflow) => {
		if (losesSave || staticData.__dataChanged !== true) {
			losesSave = false;
			return;
		}
		saved = JSON.parse(JSON.stringify(staticData)) as IDataObject;
		staticData.__dataChanged = false;
	};
	const contextOf = (
		{ workflow, node }: { workflow: Workflow; node: INode },
		mode: 'trigger' | 'manual',
		activation: WorkflowActivateMode,
	) => {
		const { budgetMs } = polling;
		const context = new PollContext(
			workflow,
			node,
			surroundings({ credentials, credentialTypes }),
			mode,
			activation,
			(data) => {
				save(workflow);
				for (const items of data) executions.push(items);
			},
			(error) => failures.push(error),
			undefined,
			undefined,
			undefined,
			() => budgetMs ?? 0,
		);
		if (budgetMs === undefined) Object.assign(context, { getPollBudgetMs: undefined });
		return context;
	};

	const polling: PlayedPolling = {
		executions,
		failures,
		logs,
		get saved() {
			return saved;
		},
		get held() {
			return JSON.parse(JSON.stringify(process?.workflow.staticData ?? {})) as IDataObject;
		},
		parameters: options.parameters ?? {},
		budgetMs: options.budgetMs,
		activate: async (mode = 'activate') => {
			const mine = place(saved);
			process = mine;
			const context = contextOf(mine, 'trigger', mode);
			const executor = Container.get(PollTriggerExecutor);
			runPoll = executor.create(mine.workflow, mine.node, context, () => process === mine);
			const run = runPoll;
			await mine.workflow.expression.withIsolate(async () => {
				await withLog(logs, async () => {
					await run(true);
				});
			});
			save(mine.workflow);
		},
		poll: async () => {
			await withLog(logs, async () => await runPoll?.());
		},
		kill: () => {
			process = undefined;
			runPoll = undefined;
		},
		loseNextSave: () => {
			losesSave = true;
		},
		test: async () => {
			const mine = place({});
			const context = contextOf(mine, 'manual', 'manual');
			return (await withLog(logs, async () => await type.poll?.call(context))) ?? null;
		},
	};
	return polling;
}
