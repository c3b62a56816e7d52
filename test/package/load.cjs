/**
 * Loads a package as n8n does, in a process of its own, and writes what came of it as JSON:
 * node load.cjs <directory of the package>
 */
'use strict';

const Module = require('node:module');
const { basename, join, sep } = require('node:path');

const directory = process.argv[2];
const manifest = require(join(directory, 'package.json'));

/** Packages that the package asks for, beside Node's own modules and its own files. */
const requested = new Set();
const load = Module._load;
Module._load = function (request, parent, ...rest) {
	const isFromPackage = parent?.filename?.startsWith(directory + sep) === true;
	if (isFromPackage && !request.startsWith('.') && !Module.isBuiltin(request)) {
		requested.add(request);
	}
	return load.call(this, request, parent, ...rest);
};

/** The class that n8n looks for in a file: the one with the name of the file. */
const instances = (paths) =>
	paths.map((path) => {
		const className = basename(path).split('.')[0];
		return { path, instance: new (require(join(directory, path))[className])() };
	});

const nodes = instances(manifest.n8n.nodes).map(({ path, instance }) => ({
	path,
	description: instance.description,
}));
const credentials = instances(manifest.n8n.credentials).map(({ path, instance }) => ({
	path,
	name: instance.name,
	displayName: instance.displayName,
	icon: instance.icon,
}));
require(join(directory, manifest.main));

process.stdout.write(JSON.stringify({ nodes, credentials, requested: [...requested] }));
