import type { IExecuteFunctions, INodeExecutionData, IPairedItemData } from 'n8n-workflow';

/** Where the input items of a node came from, as item links name it. */
export type Source = NonNullable<IPairedItemData['sourceOverwrite']>;

/** The key in the flow context, which all nodes of an execution share, and which lasts as long as it does. */
const CONTEXT_KEY = 'extendSources';

/** Batches whose inputs can be found; older ones are forgotten, so that a long loop does not fill the execution. */
const MOST_BATCHES = 1_000;

/** Where the inputs of the batches came from that this execution submitted, oldest first. */
type Sources = Record<string, Source>;

/** Where the input of this node comes from; `undefined` where n8n does not say, as for an agent's tool. */
function ownSource(context: IExecuteFunctions): Source | undefined {
	try {
		const { previousNode, previousNodeOutput, previousNodeRun } = context.getInputSourceData();
		return {
			previousNode,
			previousNodeOutput: previousNodeOutput ?? 0,
			previousNodeRun: previousNodeRun ?? 0,
		};
	} catch {
		return undefined;
	}
}

/**
 * Notes where the inputs of batches came from, for later nodes: in the execution, and in the links of the
 * batches' own items, because a node that is run alone in the editor knows nothing of the execution before.
 * @param items what the node puts out; the links of batches among them are changed
 * @param batchIds batches that this run of the node has submitted, so that the items their runs name are
 * those of its input
 */
export function rememberSource(
	context: IExecuteFunctions,
	items: INodeExecutionData[],
	batchIds: readonly string[],
): void {
	const source = batchIds.length === 0 ? undefined : ownSource(context);
	if (source === undefined) return;
	const flow = context.getContext('flow');
	const known = Object.entries((flow[CONTEXT_KEY] ?? {}) as Sources);
	const added = batchIds.map((batchId) => [batchId, source] as const);
	flow[CONTEXT_KEY] = Object.fromEntries([...known, ...added].slice(-MOST_BATCHES));

	const own = new Set<unknown>(batchIds);
	for (const { json, pairedItem } of items) {
		const [link] = Array.isArray(pairedItem) ? pairedItem : [];
		// It names what n8n takes anyway.
		if (link !== undefined && own.has(json.batchId)) link.sourceOverwrite = source;
	}
}

/**
 * Where the inputs of a batch came from.
 * @param itemIndex an item of this node's input that names the batch
 * @returns `undefined` if that cannot be told, above all if another execution submitted the batch
 */
export function sourceOf(
	context: IExecuteFunctions,
	batchId: string,
	itemIndex: number,
): Source | undefined {
	const sources = (context.getContext('flow')[CONTEXT_KEY] ?? {}) as Sources;
	return Object.hasOwn(sources, batchId)
		? sources[batchId]
		: sourceInLinks(context, batchId, itemIndex);
}

/** What the links of a batch's item tell, if the node that submitted it stands right before this one. */
function sourceInLinks(
	context: IExecuteFunctions,
	batchId: string,
	itemIndex: number,
): Source | undefined {
	const before = ownSource(context);
	if (before === undefined) return undefined;
	let items: INodeExecutionData[];
	try {
		const { $ } = context.getWorkflowDataProxy(itemIndex) as { $: (node: string) => OutputsOfNode };
		items = $(before.previousNode).all(before.previousNodeOutput, before.previousNodeRun);
	} catch {
		return undefined;
	}
	const { json, pairedItem } = items[itemIndex] ?? {};
	return json?.batchId === batchId && Array.isArray(pairedItem)
		? pairedItem[0]?.sourceOverwrite
		: undefined;
}

/** What `$('Some Node')` is in n8n. */
interface OutputsOfNode {
	all: (output?: number, run?: number) => INodeExecutionData[];
}
