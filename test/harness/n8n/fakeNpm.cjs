/**
 * Stands in for npm in the tests of the installer: `node fakeNpm.cjs <calls file> <mode> <npm arguments>`.
 * Mode `ok` leaves behind what an installation of n8n consists of; any other mode is the code with
 * which the named step fails, as in `install:ENOSPC`.
 */
const { appendFileSync, mkdirSync, symlinkSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');

const [calls, mode, call, ...rest] = process.argv.slice(2);
const [failingCall, code] = mode.split(':');
appendFileSync(calls, `${call}\n`);

function put(path, text) {
	mkdirSync(dirname(path), { recursive: true });
	writeFileSync(path, text);
}

if (call === failingCall) {
	console.error(`npm error code ${code}\nnpm error request to https://registry.example/n8n failed`);
	process.exit(1);
}

const steps = {
	view() {
		console.log(JSON.stringify({ version: '9.9.9', 'engines.node': '>=24.0.0' }));
	},
	install() {
		put(join('node_modules', 'n8n', 'bin', 'n8n'), '');
		put(join('node_modules', 'sqlite3', 'index.js'), '');
		const node = rest.find((name) => name.startsWith('node-'))?.replace(/@.*/, '');
		if (node === undefined) return;
		const binary = join('node_modules', node, 'bin', 'node');
		mkdirSync(dirname(binary), { recursive: true });
		symlinkSync(process.execPath, binary);
	},
	rebuild() {},
};

// Long enough for a second start to find the first one at work.
setTimeout(steps[call], 80);
