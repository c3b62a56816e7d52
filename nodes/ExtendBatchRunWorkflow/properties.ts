import { documentProperties, metadataProperties } from '../documents/properties';
import { version, workflow } from '../extend/api/workflowProperties';
import type { ParameterReader } from '../parameters/reader';
import { options } from './options';

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	workflow,
	version,
	...documentProperties,
	...metadataProperties,
	options,
];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
