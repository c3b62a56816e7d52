/** A value that JSON can hold. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The json of an n8n item. */
export type ItemJson = { [key: string]: Json };

/** Where an item came from. */
export interface ItemSource {
	item: number;
	input?: number;
}

/** One item as n8n hands it from node to node. */
export interface Item {
	json: ItemJson;
	pairedItem?: number | ItemSource | Array<number | ItemSource>;
	binary?: { [name: string]: { [key: string]: Json } };
	error?: NodeFailure;
}

/** A node of a workflow. */
export interface WorkflowNode {
	id?: string;
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: { [name: string]: Json };
	credentials?: { [type: string]: { id: string; name: string } };
	[setting: string]: unknown;
}

/** A workflow as the editor exports it. */
export interface WorkflowData {
	name: string;
	nodes: WorkflowNode[];
	connections: {
		[source: string]: {
			main: Array<Array<{ node: string; type: 'main'; index: number }>>;
		};
	};
	settings?: { [name: string]: Json };
	[field: string]: unknown;
}

/** A workflow n8n has stored. */
export interface StoredWorkflow extends WorkflowData {
	id: string;
	versionId: string;
}

/** How a node failed. */
export interface NodeFailure {
	name?: string;
	message: string;
	description?: string | null;
	httpCode?: string | null;
	context?: { [key: string]: Json };
	[field: string]: unknown;
}

/** One run of one node in an execution. */
export interface NodeRun {
	startTime: number;
	/** Milliseconds. */
	executionTime: number;
	executionStatus?: string;
	data?: { main: Array<Item[] | null> };
	error?: NodeFailure;
	hints?: Array<{ message: string; [field: string]: unknown }>;
}

/** How an execution stands. */
export type ExecutionStatus =
	'new' | 'running' | 'waiting' | 'success' | 'error' | 'crashed' | 'canceled' | 'unknown';

/** A description of a node type or credential type, as the editor gets it. */
export interface TypeDescription {
	name: string;
	displayName: string;
	iconUrl?: string | { light: string; dark: string };
	properties: PropertyDescription[];
	[field: string]: unknown;
}

/** A parameter of a node, as n8n describes it to the editor. */
export interface PropertyDescription {
	name: string;
	displayName: string;
	/** Of a choice its values; of a collection its parameters. */
	options?: Array<{ name: string; value?: Json; action?: string }>;
	displayOptions?: { show?: { [parameter: string]: Json[] } };
	[field: string]: unknown;
}
