/**
 * Walks through all parameters of all nodes, gives each a value that will not do, and holds what the node
 * complains about against what its editor shows. A new node, or a new parameter, is walked without more.
 */
import '../harness/engine';

import { readdirSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { PollContext } from 'n8n-core';
import type { IDataObject, INodeParameters, INodeProperties, INodeType } from 'n8n-workflow';
import { Workflow } from 'n8n-workflow';

import { ExtendApi } from '../../credentials/ExtendApi.credentials';
import { playTrigger, runNode } from '../harness/engine';
import {
	placeNode,
	referencesTo,
	registryOf,
	surroundings,
	typeNameOf,
} from '../harness/engine/workflow';
import { startSimulator, TOKENS, type Simulator } from '../simulator';

const ROOT = resolve(__dirname, '../..');

/** A node by its own file, as n8n loads it. */
function load(file: string): INodeType {
	const exported = jest.requireActual<Record<string, new () => INodeType>>(file);
	return new exported[basename(file, '.node.ts')]!();
}

const nodes = readdirSync(resolve(ROOT, 'nodes'), { recursive: true, encoding: 'utf8' })
	.filter((file) => file.endsWith('.node.ts'))
	.sort()
	.map((file) => load(resolve(ROOT, 'nodes', file)));

/** Where a parameter is: at the top, or in a collection. */
interface Place {
	property: INodeProperties;
	collection?: INodeProperties;
}

/** Parameters that somebody can give a value, or an expression. */
function placesIn(properties: INodeProperties[]): Place[] {
	return properties
		.flatMap((property): Place[] => {
			if (property.type !== 'collection') return [{ property }];
			const options = (property.options ?? []) as INodeProperties[];
			return options.map((option) => ({ property: option, collection: property }));
		})
		.filter(({ property }) => property.type !== 'notice' && property.noDataExpression !== true);
}

const OBJECT = '={{ ({ a: 1 }) }}';

/** Values that a parameter cannot have, each with what is wrong with it. */
function wrongValues({
	type,
	typeOptions,
	options = [],
}: INodeProperties): Array<[string, unknown]> {
	switch (type) {
		case 'number': {
			const { minValue, maxValue, numberPrecision } = typeOptions ?? {};
			return [
				['a word', '={{ "many" }}'],
				...(minValue === undefined ? [] : [['too small', minValue - 1] as [string, unknown]]),
				...(maxValue === undefined ? [] : [['too great', maxValue + 1] as [string, unknown]]),
				...(numberPrecision === 0
					? [['a fraction', (minValue ?? 0) + 0.5] as [string, unknown]]
					: []),
			];
		}
		case 'boolean':
			return [['neither', '={{ "perhaps" }}']];
		case 'json':
			return [
				['a list', '={{ [1] }}'],
				['no JSON', '={{ "{" }}'],
			];
		case 'options':
			return typeOptions?.loadOptionsMethod === undefined
				? [
						['unknown', '={{ "noSuchChoice" }}'],
						['an object', OBJECT],
					]
				: [['an object', OBJECT]];
		case 'multiOptions':
			return typeOptions?.loadOptionsMethod === undefined
				? [
						['unknown', '={{ ["noSuchChoice"] }}'],
						['an object', OBJECT],
					]
				: [['an object', OBJECT]];
		case 'resourceLocator':
			return [['an object', { __rl: true, mode: 'id', value: OBJECT }]];
		case 'fixedCollection': {
			const [group] = options as Array<{ name: string; values: INodeProperties[] }>;
			const row = { [group!.values[0]!.name]: OBJECT };
			return [['an object', { [group!.name]: typeOptions?.multipleValues === true ? [row] : row }]];
		}
		default:
			return [['an object', OBJECT]];
	}
}

/** What its placeholder gives as an example, where a parameter must have a value. */
function exampleOf({ type, default: initial, placeholder = '', modes }: INodeProperties): unknown {
	if (type === 'resourceLocator') {
		const id = modes?.find(({ name }) => name === 'id');
		return { __rl: true, mode: 'id', value: id?.placeholder?.replace(/^e\.g\. /, '') };
	}
	const isGiven = typeof initial === 'string' ? initial !== '' && !initial.startsWith('=') : true;
	return isGiven ? initial : placeholder.replace(/^e\.g\. /, '');
}

/** Whether a parameter can be shown together with what has these values, and what has these conditions. */
function isShownWith(
	{ displayOptions }: INodeProperties,
	values: IDataObject,
	conditions: object,
): boolean {
	const others = conditions as Record<string, unknown[] | undefined>;
	return Object.entries({ ...displayOptions?.show } as Record<string, unknown[]>).every(
		([name, own]) =>
			(values[name] === undefined || own.includes(values[name])) &&
			others[name]?.some((value) => own.includes(value)) !== false,
	);
}

/** Parameters with which the editor shows one: those that it depends on, and examples of what is required. */
function showing({ property, collection }: Place, properties: INodeProperties[]): INodeParameters {
	const parameters: IDataObject = {};
	for (const other of properties) {
		if (other.required) parameters[other.name] ??= exampleOf(other) as IDataObject;
	}
	const show = (shown: INodeProperties, siblings: INodeProperties[], values: IDataObject) => {
		const { show: conditions = {}, hide = {} } = shown.displayOptions ?? {};
		for (const [name, [wanted]] of Object.entries(conditions as Record<string, unknown[]>)) {
			const isSibling = siblings.some((sibling) => sibling.name === name);
			const path = name.replace(/^\//, '');
			const target = isSibling ? values : parameters;
			// Each resource has its own choice of an operation.
			const condition = properties.find(
				(candidate) => candidate.name === path && isShownWith(candidate, parameters, conditions),
			);
			target[path] = (condition?.type === 'multiOptions' ? [wanted] : wanted) as IDataObject;
			if (condition !== undefined) show(condition, properties, parameters);
		}
		for (const [name, unwanted] of Object.entries(hide as Record<string, unknown[]>)) {
			const path = name.replace(/^\//, '');
			const condition = properties.find((candidate) => candidate.name === path);
			const values = (condition?.options ?? []) as Array<{ value: unknown }>;
			if (condition === undefined || !unwanted.includes(parameters[path] ?? condition.default))
				continue;
			parameters[path] = values.find(({ value }) => !unwanted.includes(value))?.value as string;
		}
	};
	if (collection !== undefined) {
		const values: IDataObject = {};
		show(collection, properties, parameters);
		show(property, (collection.options ?? []) as INodeProperties[], values);
		parameters[collection.name] = values;
	} else {
		show(property, properties, parameters);
	}
	return parameters as INodeParameters;
}

let simulator: Simulator;
beforeAll(async () => {
	simulator = await startSimulator();
});
afterAll(async () => {
	await simulator.close();
});

/** What a node says when it reads its parameters, in whatever way it starts. */
async function complaintOf(node: INodeType, parameters: INodeParameters): Promise<string> {
	const given = {
		node,
		parameters,
		credentials: {
			extendApi: { apiToken: TOKENS.workspace, region: 'custom', baseUrl: simulator.url },
		},
		credentialTypes: [new ExtendApi()],
	};
	if (node.execute !== undefined) {
		const items = [
			{ json: {}, binary: { data: { data: 'YQ==', mimeType: 'text/plain', fileName: 'a.txt' } } },
		];
		const { error, outputs } = await runNode({ ...given, items });
		return error?.message ?? `no complaint, but ${JSON.stringify(outputs)}`;
	}
	try {
		if (node.poll === undefined) {
			const trigger = await playTrigger(given);
			await trigger.publish().finally(async () => {
				await trigger.close();
			});
		} else {
			const placed = placeNode(node, {
				name: 'Polled',
				type: typeNameOf(node),
				position: [0, 0],
				parameters,
				credentials: referencesTo(given.credentials),
			});
			const workflow = new Workflow({
				nodes: [placed],
				connections: {},
				active: true,
				nodeTypes: registryOf({ [placed.type]: node }),
			});
			const context = new PollContext(workflow, placed, surroundings(given), 'trigger', 'activate');
			await workflow.expression.withIsolate(async () => await node.poll?.call(context));
		}
		return 'no complaint';
	} catch (error) {
		return (error as Error).message;
	}
}

it('finds the nodes', () => {
	expect(nodes.length).toBeGreaterThanOrEqual(3);
});

describe.each(nodes.map((node) => [node.description.displayName, node] as const))(
	'%s',
	(_, node) => {
		const { properties } = node.description;
		const walked = placesIn(properties).flatMap((place) =>
			wrongValues(place.property).map(
				([what, value]) => [place.property.displayName, what, place, value] as const,
			),
		);

		it.each(walked)('names %s as the editor does: %s', async (shownName, _what, place, value) => {
			const parameters = showing(place, properties);
			const { property, collection } = place;
			const target =
				collection === undefined ? parameters : (parameters[collection.name] as IDataObject);
			target[property.name] = value as string;
			const complaint = await complaintOf(node, parameters);
			const named = shownName.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
			expect(complaint).toMatch(new RegExp(`^(The parameter “)?${named}”? (is|holds|has)\\b`));
		});
	},
);
