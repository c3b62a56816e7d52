/**
 * n8n-workflow, of which only what a test uses is loaded: all of it takes longer than most suites, and each
 * suite loads it for each fault.
 */
const { resolve } = require('node:path');

const PACKAGE = resolve(__dirname, '../../node_modules/n8n-workflow/dist/cjs');

const LIGHT = {
	NodeApiError: () => require(`${PACKAGE}/errors/node-api.error.js`).NodeApiError,
	NodeOperationError: () => require(`${PACKAGE}/errors/node-operation.error.js`).NodeOperationError,
	sleep: () => require(require.resolve('@n8n/utils/sleep', { paths: [PACKAGE] })).sleep,
};

const whole = () => require(`${PACKAGE}/index.js`);

module.exports = new Proxy(
	{ __esModule: true },
	{
		get: (own, name) => (name in own ? own[name] : (LIGHT[name]?.() ?? whole()[name])),
	},
);
