import { instanceEnvironment } from './environment';

const PLACE = { userFolder: '/data', port: 1234, brokerPort: 1235 };

describe('the environment of n8n', () => {
	test('holds no secrets and no settings of another n8n', () => {
		const outer = {
			PATH: '/bin',
			EXTEND_API_TOKEN: 'sk_secret',
			N8N_ENCRYPTION_KEY: 'key',
			DB_TYPE: 'postgresdb',
			WEBHOOK_URL: 'https://n8n.example.com',
			NODE_OPTIONS: '--inspect',
			npm_config_prefix: '/somewhere',
		};
		const environment = instanceEnvironment(PLACE, {}, outer);
		expect(environment).toMatchObject({ PATH: '/bin', WEBHOOK_URL: 'http://127.0.0.1:1234/' });
		for (const name of ['EXTEND_API_TOKEN', 'N8N_ENCRYPTION_KEY', 'DB_TYPE', 'NODE_OPTIONS']) {
			expect(environment).not.toHaveProperty(name);
		}
		expect(environment).not.toHaveProperty('npm_config_prefix');
	});

	test('listens on the loopback address only, and does not call home', () => {
		expect(instanceEnvironment(PLACE, {}, {})).toMatchObject({
			N8N_LISTEN_ADDRESS: '127.0.0.1',
			N8N_DIAGNOSTICS_ENABLED: 'false',
			N8N_VERSION_NOTIFICATIONS_ENABLED: 'false',
			N8N_TEMPLATES_ENABLED: 'false',
		});
	});

	test('reaches the simulator directly although there is a proxy', () => {
		const environment = instanceEnvironment(PLACE, {}, { NO_PROXY: 'intern' });
		expect(environment.NO_PROXY).toBe('intern,127.0.0.1,localhost');
	});
});
