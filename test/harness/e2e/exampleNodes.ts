import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import type {
	INodeParameters,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';
import { NodeHelpers } from 'n8n-workflow';

import { ensureN8n } from '../n8n/install';
import type { WorkflowNode } from '../n8n/n8nData';

const ROOT = resolve(__dirname, '../../..');

/** Where the packages of n8n keep the descriptions of their nodes, as n8n gives them to its editor. */
const PACKAGES = ['n8n-nodes-base', '@n8n/n8n-nodes-langchain'];

function ownNodes(): INodeTypeDescription[] {
	return readdirSync(join(ROOT, 'nodes'), { recursive: true, encoding: 'utf8' })
		.filter((file) => file.endsWith('.node.ts'))
		.map((file) => {
			const exported = jest.requireActual<Record<string, new () => INodeType>>(
				join(ROOT, 'nodes', file),
			);
			const { description } = new exported[basename(file, '.node.ts')]!();
			return { ...description, name: `n8n-nodes-extend-ai.${description.name}` };
		});
}

/** The descriptions of all nodes that the tested n8n has, this package's included. */
export async function knownNodes(): Promise<INodeTypeDescription[]> {
	const { directory } = await ensureN8n();
	const theirs = PACKAGES.flatMap((name) => {
		const file = join(directory, 'node_modules', name, 'dist', 'types', 'nodes.json');
		const nodes = JSON.parse(readFileSync(file, 'utf8')) as INodeTypeDescription[];
		return nodes.map((node) => ({ ...node, name: `${name}.${node.name}` }));
	});
	return [...theirs, ...ownNodes()];
}

/** The values of choices that no parameter of that name has. */
function unknownChoices(
	properties: INodeProperties[],
	parameters: INodeParameters,
	at = '',
): string[] {
	return Object.entries(parameters).flatMap(([name, value]): string[] => {
		const same = properties.filter((property) => property.name === name);
		if (same.length === 0) return [`${at}${name} is unknown`];
		const choices = same.filter(
			({ type, typeOptions }) => type === 'options' && !typeOptions?.loadOptionsMethod,
		);
		const isFixed =
			choices.length === same.length && typeof value === 'string' && !value.startsWith('=');
		const values = choices.flatMap(({ options = [] }) =>
			options.map((one) => 'value' in one && one.value),
		);
		if (isFixed && !values.includes(value)) return [`${at}${name} is ${value}`];
		const [first] = same;
		if (first?.type !== 'collection' || typeof value !== 'object' || value === null) return [];
		const options = same.flatMap((one) => (one.options ?? []) as INodeProperties[]);
		return unknownChoices(options, value as INodeParameters, `${at}${name}.`);
	});
}

/**
 * What n8n would not take of a node in a workflow: its type, its version, parameters that it does not have or
 * would not show, and choices that it does not know. What its user has to fill in is no matter.
 */
export function objectionsTo(node: WorkflowNode, known: INodeTypeDescription[]): string[] {
	const { type, typeVersion } = node;
	const named = known.filter(({ name }) => name === type || `${name}Tool` === type);
	const description = named.find(({ version }) => [version].flat().includes(typeVersion));
	if (description === undefined) return [`${type} ${typeVersion} is unknown`];
	const parameters = node.parameters as INodeParameters;
	const objections = unknownChoices(description.properties, parameters);
	const shown = NodeHelpers.getNodeParameters(
		description.properties,
		parameters,
		true,
		false,
		{ typeVersion },
		description,
	);
	const hidden = Object.keys(parameters).filter((name) => !(name in (shown ?? {})));
	return [...objections, ...hidden.map((name) => `${name} is not shown`)];
}
