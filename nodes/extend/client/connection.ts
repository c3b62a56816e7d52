import { createHash } from 'crypto';
import { NodeOperationError } from 'n8n-workflow';
import type {
	IExecuteFunctions,
	IHookFunctions,
	ILoadOptionsFunctions,
	IN8nHttpFullResponse,
	INode,
	IPollFunctions,
	IWebhookFunctions,
} from 'n8n-workflow';

import { accessOf } from '../access/authentication';
import type { Access } from '../access/authentication';
import { steadyNow } from './clock';
import { Pace } from './pace';
import type { LearnedPace } from './pace';
import { dashboardUrlOf } from '../access/regions';
import type { ExtendApiCredential } from '../access/regions';
import { Secrets, withoutSecrets } from '../failures/secrets';
import { Transport } from './transport';
import type { Ask } from './transport';
import { CallQueue } from './queue';

/** The contexts of n8n from which Extend can be called. */
export type CallContext =
	IExecuteFunctions | ILoadOptionsFunctions | IHookFunctions | IWebhookFunctions | IPollFunctions;

/** The kinds of calls that Extend limits separately, each by calls per second and organization. */
export type Category = 'GET' | 'WRITE' | 'RUN';

/** Most calls under way at once. Few for runs: each can carry a thousand inputs and start work that is billed. */
const MOST_CONCURRENT: Record<Category, number> = { GET: 32, WRITE: 32, RUN: 8 };

type LearnedPaces = Partial<Record<Category, LearnedPace>>;

/** What all clients of one connection share. */
export interface Connection {
	/** As errors may carry it: without what is secret in its parameters. */
	node: INode;
	/** See `ExtendClient.account`. */
	account: string;
	/** See `ExtendClient.dashboardUrl`. */
	dashboardUrl: string | undefined;
	/** Aborted when the execution is stopped; absent outside of executions. */
	signal: AbortSignal | undefined;
	transport: Transport;
	secrets: Secrets;
	queues: Record<Category, CallQueue>;
	/** When something of a category last got through, on the steady clock. */
	lastProgress: Record<Category, number>;
	/** What was learned about the rate limits, where later nodes of the execution find it. */
	learned: LearnedPaces;
}

function isExecution(context: CallContext): context is IExecuteFunctions {
	return 'getContext' in context && 'getExecutionCancelSignal' in context;
}

/** n8n's own errors about credentials carry the node with all that is secret in its parameters. */
async function credentialFor(context: CallContext, node: INode): Promise<ExtendApiCredential> {
	try {
		return await context.getCredentials<ExtendApiCredential>('extendApi');
	} catch (error) {
		const message = error instanceof Error ? error.message : 'The credential could not be read';
		const description =
			node.credentials?.extendApi === undefined
				? 'Choose an Extend API credential in this node, or create one.'
				: 'Open the Extend API credential of this node, and save it again.';
		throw new NodeOperationError(node, message, { description, level: 'warning' });
	}
}

function accountOf({ baseUrl, token, workspaceId }: Access): string {
	const parts = [baseUrl, token, workspaceId];
	return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, 16);
}

/** One host and one token have one limit; other credentials of the same execution have theirs. */
function learnedPaces(context: CallContext, account: string): LearnedPaces {
	if (!isExecution(context)) return {};
	const flow = context.getContext('flow');
	const shared = (flow.extendPace ??= {}) as Record<string, LearnedPaces>;
	return (shared[account] ??= {});
}

/**
 * Reads the credential, and takes over what earlier nodes of the same execution learned about the limits.
 * @throws NodeOperationError if there is no credential that can be read
 */
export async function openConnection(context: CallContext): Promise<Connection> {
	const node = withoutSecrets(context.getNode());
	const credential = await credentialFor(context, node);
	const access = accessOf(credential);
	const account = accountOf(access);
	const signal = isExecution(context) ? context.getExecutionCancelSignal() : undefined;
	const learned = learnedPaces(context, account);
	const secrets = new Secrets();
	secrets.keep(access.token);
	const ask: Ask = async (options) =>
		(await context.helpers.httpRequestWithAuthentication.call(
			context,
			'extendApi',
			options,
		)) as IN8nHttpFullResponse;
	const now = steadyNow();
	const queue = (category: Category) => {
		const maxConcurrent = MOST_CONCURRENT[category];
		return new CallQueue(new Pace({ maxConcurrent, learned: learned[category], now }), signal);
	};
	return {
		node,
		account,
		dashboardUrl: dashboardUrlOf(access.baseUrl),
		signal,
		transport: new Transport(ask, access.baseUrl, signal),
		secrets,
		queues: { GET: queue('GET'), WRITE: queue('WRITE'), RUN: queue('RUN') },
		lastProgress: { GET: now, WRITE: now, RUN: now },
		learned,
	};
}
