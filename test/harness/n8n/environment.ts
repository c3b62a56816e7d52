/** Settings of the person's own n8n, of npm, and secrets: none of these may reach the instance. */
const NOT_PASSED_ON =
	/^(N8N_|DB_|EXECUTIONS_|QUEUE_|CREDENTIALS_|EXTEND_|npm_|NODE_OPTIONS$|NODE_PATH$|WEBHOOK_URL$|NO_PROXY$)/i;

/** Where one instance keeps its data and listens. */
export interface InstancePlace {
	userFolder: string;
	port: number;
	brokerPort: number;
}

/** The environment of an n8n that keeps to itself: loopback only, own data, no calls home. */
export function instanceEnvironment(
	place: InstancePlace,
	extra: NodeJS.ProcessEnv = {},
	outer: NodeJS.ProcessEnv = process.env,
): NodeJS.ProcessEnv {
	const kept = Object.entries(outer).filter(([name]) => !NOT_PASSED_ON.test(name));
	const noProxy = [outer.NO_PROXY ?? outer.no_proxy, '127.0.0.1', 'localhost'].filter(Boolean);
	return {
		...Object.fromEntries(kept),
		NO_PROXY: noProxy.join(','),
		NODE_ENV: 'production',
		N8N_USER_FOLDER: place.userFolder,
		N8N_LISTEN_ADDRESS: '127.0.0.1',
		N8N_HOST: '127.0.0.1',
		N8N_PORT: String(place.port),
		N8N_RUNNERS_BROKER_PORT: String(place.brokerPort),
		WEBHOOK_URL: `http://127.0.0.1:${place.port}/`,
		N8N_EDITOR_BASE_URL: `http://127.0.0.1:${place.port}`,
		N8N_SECURE_COOKIE: 'false',
		N8N_DIAGNOSTICS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
		N8N_VERSION_NOTIFICATIONS_WHATS_NEW_ENABLED: 'false',
		N8N_TEMPLATES_ENABLED: 'false',
		N8N_PERSONALIZATION_ENABLED: 'false',
		N8N_HIRING_BANNER_ENABLED: 'false',
		N8N_DYNAMIC_BANNERS_ENABLED: 'false',
		N8N_VERIFIED_PACKAGES_ENABLED: 'false',
		N8N_UNVERIFIED_PACKAGES_ENABLED: 'true',
		...extra,
	};
}
