import { documentProperties, metadataProperties } from '../documents/properties';
import { declare } from '../parameters/declaration';
import { version, workflow } from '../extend/api/workflowProperties';
import type { ParameterReader } from '../parameters/reader';
import { options } from './options';

const [source, fileUrl, binaryField, fileId, text] = documentProperties;

const binaryFields = declare({
	...binaryField,
	hint: 'The name of the field with the file, or * for all files of the item',
	description:
		'The field of the item that holds its file. Of several fields, each file becomes a run of its own: separate their names by commas, or let a * stand for any characters, such as attachment_* for the attachments of a mail, or * for all files of the item.',
});

/** The parameters of the node, in the order in which the editor shows them. */
export const properties = [
	workflow,
	version,
	source,
	fileUrl,
	binaryFields,
	fileId,
	text,
	...metadataProperties,
	options,
];

/** What reads them for each item. */
export type Parameters = ParameterReader<(typeof properties)[number]>;
