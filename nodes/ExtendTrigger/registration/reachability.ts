import { isWholeAddress } from '../../extend/access/publicAddress';

/** n8n's address for webhooks; n8n 2 calls the first name deprecated. */
const WEBHOOK_URL = 'WEBHOOK_URL (N8N_WEBHOOK_URL in newer versions of n8n)';

/**
 * Tells why Extend cannot reach an address of n8n, and what to do. Where a workflow is published, n8n shows
 * nothing but the problem, so that alone must be enough.
 */
export function whyUnreachable(address: string): { problem: string; advice: string } {
	return {
		problem: isWholeAddress(address)
			? `Extend cannot reach this n8n, because its address is private. Set ${WEBHOOK_URL} to a public one`
			: `Extend cannot reach this n8n, because its address does not begin with https://. Set ${WEBHOOK_URL} to a complete one, such as https://n8n.example.com`,
		advice: `Extend would have to send its events to ${address}. Set the environment variable ${WEBHOOK_URL} to the address at which the internet can reach n8n, restart n8n, and publish the workflow again.`,
	};
}
