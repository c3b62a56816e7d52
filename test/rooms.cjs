/**
 * Which room of the code may use which, checked by `npm run lint` (dependency-cruiser). Each room uses those
 * before it in this list, as far as it says; nothing goes round in a circle, and no node uses another.
 */
const uses = {
	'nodes/parameters': [],
	'nodes/extend/failures': ['nodes/parameters'],
	'nodes/extend/access': ['nodes/parameters'],
	'nodes/extend/client': ['nodes/extend/access', 'nodes/extend/failures'],
	'nodes/extend/api': [
		'nodes/parameters',
		'nodes/extend/failures',
		'nodes/extend/access',
		'nodes/extend/client',
	],
	'nodes/extend/runs': ['nodes/parameters', 'nodes/extend/client', 'nodes/extend/api'],
	'nodes/extend/rows': ['nodes/parameters', 'nodes/extend/api', 'nodes/extend/runs'],
	'nodes/items': ['nodes/parameters', 'nodes/extend/failures'],
	'nodes/documents': [
		'nodes/parameters',
		'nodes/extend/access',
		'nodes/extend/api',
		'nodes/extend/runs',
		'nodes/items',
	],
	'nodes/submit': [
		'nodes/parameters',
		'nodes/extend/failures',
		'nodes/extend/client',
		'nodes/extend/api',
		'nodes/extend/runs',
	],
	credentials: ['nodes/extend/access'],
};

/** Names a folder and all that is in it. */
const within = (folder) => `^${folder}/`;

const nodes = [
	'Extend',
	'ExtendBatchRunWorkflow',
	'ExtendListRunsByBatch',
	'ExtendTrigger',
	'ExtendPollingTrigger',
];

module.exports = {
	forbidden: [
		{ name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
		{ name: 'nothing-missing', severity: 'error', from: {}, to: { couldNotResolve: true } },
		...Object.entries(uses).map(([room, others]) => ({
			name: `${room}-uses-only-rooms-below-it`,
			severity: 'error',
			from: { path: within(room) },
			to: { path: '^(nodes|credentials)/', pathNot: [room, ...others].map(within) },
		})),
		...nodes.map((node) => ({
			name: `${node}-uses-no-other-node`,
			severity: 'error',
			from: { path: within(`nodes/${node}`) },
			to: {
				path: nodes.filter((other) => other !== node).map((other) => within(`nodes/${other}`)),
			},
		})),
		{
			name: 'no-runtime-dependency',
			comment: 'n8n verifies only packages without any.',
			severity: 'error',
			from: { path: '^(nodes|credentials)/' },
			to: {
				dependencyTypesNot: ['local', 'core', 'npm-peer', 'type-only'],
				pathNot: '^node_modules/n8n-workflow/',
			},
		},
	],
	options: {
		doNotFollow: { path: 'node_modules' },
		tsPreCompilationDeps: true,
		tsConfig: { fileName: 'tsconfig.json' },
	},
};
