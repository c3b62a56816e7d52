/** An Extend whose answers a test gives, one call at a time, without a network; for tests of the client. */
import type {
	IDataObject,
	IExecuteFunctions,
	IHttpRequestOptions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
	INode,
} from 'n8n-workflow';

import { ExtendClient } from '../../../nodes/extend/client/client';

/** Answers a call; `number` counts from 1. What it throws is thrown by n8n's HTTP helper. */
export type Script = (
	request: IHttpRequestOptions,
	number: number,
) => IN8nHttpFullResponse | Promise<IN8nHttpFullResponse>;

/** An answer as n8n's HTTP helper hands it over. */
export function answered(
	statusCode: number,
	body: IN8nHttpFullResponse['body'] = {},
	headers: IDataObject = {},
): IN8nHttpFullResponse {
	return { statusCode, headers, body };
}

/** What the HTTP helper throws when a connection breaks. */
export function connectionReset(): Error {
	return Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
}

/** The node that makes the calls, as n8n knows it. */
export const NODE: INode = {
	id: 'b1',
	name: 'List runs',
	type: 'n8n-nodes-extend-ai.extendListRunsByBatch',
	typeVersion: 1,
	position: [0, 0],
	parameters: {},
};

/** What the client takes from n8n's execution. */
type UsedContext = Pick<
	IExecuteFunctions,
	'getContext' | 'getCredentials' | 'getExecutionCancelSignal' | 'getNode'
> & { helpers: Pick<IExecuteFunctions['helpers'], 'httpRequestWithAuthentication'> };

/** What a test can say about the surroundings of a client. */
export interface Surroundings {
	credential?: IDataObject;
	signal?: AbortSignal;
	/** The context that all nodes of an execution share. */
	flow?: IDataObject;
	node?: INode;
}

/** The context of a node whose calls the script answers. */
export function scriptedContext(
	script: Script,
	{ credential, signal, flow = {}, node = NODE }: Surroundings = {},
): IExecuteFunctions & ILoadOptionsFunctions {
	let number = 0;
	const context: UsedContext = {
		getNode: () => node,
		getContext: (type) => (type === 'flow' ? flow : {}),
		getCredentials: async <T extends object>() =>
			(credential ?? { apiToken: 'sk_token_1', region: 'us' }) as T,
		getExecutionCancelSignal: () => signal,
		helpers: {
			httpRequestWithAuthentication: async (_credential, request) =>
				await script(request, ++number),
		},
	};
	return context as IExecuteFunctions & ILoadOptionsFunctions;
}

/** A client of the scripted Extend. Several with the same `flow` are nodes of one execution. */
export async function scriptedClient(
	script: Script,
	surroundings: Surroundings = {},
): Promise<ExtendClient> {
	return await ExtendClient.connect(scriptedContext(script, surroundings));
}
