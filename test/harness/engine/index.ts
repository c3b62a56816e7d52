/**
 * Runs our nodes inside n8n's real execution engine, in one process and without a database:
 * what retries, continues, routes errors, evaluates expressions, sends requests and stores
 * binary data is n8n's own code. Import it at the top of a test file.
 *
 * ```ts
 * const { status, outputs, error } = await runNode({
 * 	node: new ExtendBatchRunWorkflow(),
 * 	items: [{ json: { url: 'https://example.com/a.pdf' } }],
 * 	parameters: { source: 'url', fileUrl: '={{ $json.url }}' },
 * 	credentials: { extendApi: { apiToken: 'sk_test', region: 'custom', baseUrl } },
 * 	credentialTypes: [new ExtendApi()],
 * });
 * ```
 *
 * - {@link runNode} executes a node, {@link binaryItem} makes items with files for it.
 * - {@link runChain} executes a workflow of several nodes, with n8n's own item links between them.
 * - {@link runLoadOptions}, {@link runListSearch} and {@link testCredential} do what the editor
 *   does outside of executions.
 * - {@link playTrigger} plays the life of a webhook trigger, {@link playPolling} that of a polling one.
 */
import './environment';

export type { CredentialsByType } from './credentials';
export {
	runListSearch,
	runLoadOptions,
	testCredential,
	type EditorRequest,
	type ListSearchRequest,
} from './editor';
export { runChain, type Chain, type ChainResult, type ChainedNode } from './chain';
export { START, type SingleRun } from './execution';
export { playPolling, type PlayedPolling, type PollingOptions } from './poll';
export { runNode, type NodeRun, type RunResult } from './run';
export { binaryItem, processedData, type BinaryItemOptions, type BinaryStorage } from './services';
export { playTrigger, type PlayedTrigger, type TriggerOptions } from './trigger';
