import type { INodeProperties } from 'n8n-workflow';

/** Among the options of each operation that starts runs. */
export const priority: INodeProperties = {
	displayName: 'Priority',
	name: 'priority',
	type: 'number',
	typeOptions: { minValue: 1, maxValue: 100, numberPrecision: 0 },
	default: 50,
	description: 'From 1 (first) to 100 (last); it matters only while Extend is busy',
};

/** How long a lost answer is looked up. */
export const settleSeconds: INodeProperties = {
	displayName: 'Time to Look for a Lost Run (Seconds)',
	name: 'settleSeconds',
	type: 'number',
	typeOptions: { minValue: 0, maxValue: 3600, numberPrecision: 0 },
	default: 60,
	description:
		'How long to look in Extend for a run whose answer was lost, before deciding that it is not there',
};
