import type { INodeProperties } from 'n8n-workflow';

import type { ParameterReader } from '../parameters/reader';

type Reader = Omit<ParameterReader<INodeProperties>, 'choice' | 'choices'>;

/** Reads the parameters of a document, which a node declares as Extend Batch Run Workflow does. */
export interface DocumentParameters extends Reader {
	choice(path: 'source', itemIndex: number): 'url' | 'binary' | 'fileId' | 'text';
}

/** Reads the parameters of metadata, which a node declares as Extend Batch Run Workflow does. */
export interface MetadataParameters extends Reader {
	choice(path: 'metadataMode', itemIndex: number): 'none' | 'fields' | 'json' | 'allFields';
}
