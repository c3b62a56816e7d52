import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { RESOURCES } from './operation';
import type { Operation } from './operation';
import { OPERATIONS } from './operations';

/** The choice of an operation of one resource. */
function selector({ value: resource, first }: (typeof RESOURCES)[number]): INodeProperties {
	const operations = OPERATIONS.filter((operation) => operation.resource === resource);
	const shown: INodeProperties = {
		displayName: 'Operation',
		name: 'operation',
		type: 'options',
		noDataExpression: true,
		displayOptions: { show: { resource: [resource] } },
		options: operations.map(({ name, value, action, description }): INodePropertyOptions => ({
			name,
			value,
			action,
			description,
		})),
		default: '',
	};
	return { ...shown, default: first };
}

/** The parameters of an operation, shown only with it. */
function shownWith({ resource, value, properties }: Operation): INodeProperties[] {
	return properties.map((property) => ({
		...property,
		displayOptions: {
			...property.displayOptions,
			show: { resource: [resource], operation: [value], ...property.displayOptions?.show },
		},
	}));
}

/** The parameters of the node, in the order in which the editor shows them. */
export const properties: INodeProperties[] = [
	{
		displayName: 'Resource',
		name: 'resource',
		type: 'options',
		noDataExpression: true,
		options: RESOURCES.map(({ name, value }) => ({ name, value })),
		default: 'batch',
	},
	...RESOURCES.map(selector),
	...OPERATIONS.flatMap(shownWith),
];
