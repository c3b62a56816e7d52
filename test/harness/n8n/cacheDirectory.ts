import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/**
 * Where installed versions of n8n are kept between runs: outside the repository, because each is
 * about 3 GB and serves every checkout. `N8N_NODES_EXTEND_AI_CACHE` moves it.
 */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
	const own = env.N8N_NODES_EXTEND_AI_CACHE;
	if (own) return resolve(own);
	const base = env.XDG_CACHE_HOME;
	return join(base ? resolve(base) : join(homedir(), '.cache'), 'n8n-nodes-extend-ai');
}
