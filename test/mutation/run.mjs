/**
 * Puts small faults into the code and sees whether a test notices:
 *
 *   npm run test:mutation                                     every room
 *   npm run test:mutation -- signature retry                  some rooms
 *   npm run test:mutation -- --mutate nodes/extend/client/retry.ts   the room of a file
 *
 * Reports lie in test-output/mutation. What was tried before is not tried again unless its code or its
 * tests have changed; `--force` tries everything, which a fault in a constant needs that a new test notices.
 * `--concurrency 1` leaves a busy machine some room.
 */
import { Stryker } from '@stryker-mutator/core';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { rooms } from './rooms.mjs';

const REPORTS = 'test-output/mutation';
/** A room in which fewer are noticed fails. */
const LEAST_PERCENT = 85;

const { values, positionals } = parseArgs({
	allowPositionals: true,
	options: {
		mutate: { type: 'string', multiple: true },
		force: { type: 'boolean' },
		concurrency: { type: 'string', default: '2' },
	},
});

/** A file, or those of a folder. */
function filesOf(place) {
	if (!statSync(place).isDirectory()) return [place];
	const names = readdirSync(place).filter((name) => name.endsWith('.ts'));
	return names.map((name) => join(place, name));
}

/** The rooms that were asked for, each with the files to change. */
function chosenRooms() {
	const names = new Set(positionals);
	const files = (values.mutate ?? []).flatMap((list) => list.split(','));
	for (const name of names) {
		if (!rooms.some((room) => room.name === name)) throw new Error(`There is no room “${name}”.`);
	}
	for (const { name, mutate, tests } of rooms) {
		const gone = [...mutate, ...tests].filter((place) => !existsSync(place));
		if (gone.length > 0) throw new Error(`${name}: there is no ${gone.join(', ')}.`);
	}
	const all = names.size === 0 && files.length === 0;
	const chosen = rooms
		.map((room) => ({
			...room,
			files: room.mutate
				.flatMap(filesOf)
				.filter((file) => all || names.has(room.name) || files.includes(file)),
		}))
		.filter((room) => room.files.length > 0);
	const found = new Set(chosen.flatMap((room) => room.files));
	const missing = files.filter((file) => !found.has(file));
	if (missing.length > 0) throw new Error(`No room holds ${missing.join(', ')}.`);
	return chosen;
}

/** @type {(room: { name: string, files: string[], tests: string[] }) => object} */
function options({ name, files, tests }) {
	return {
		mutate: files,
		testRunner: 'jest',
		plugins: ['@stryker-mutator/jest-runner', './test/mutation/texts.mjs'],
		jest: {
			configFile: 'test/mutation/jest.config.js',
			config: {
				testMatch: tests.map(inRoot),
				...(tests.every(isUnit) && {
					moduleNameMapper: { '^n8n-workflow$': '<rootDir>/test/mutation/n8n-workflow.cjs' },
				}),
			},
			// The room names them; to find them anew for each mutant takes longer than to run them.
			enableFindRelatedTests: false,
		},
		ignorers: ['texts'],
		coverageAnalysis: 'perTest',
		concurrency: Number(values.concurrency),
		// On a busy machine a fault that a test would have noticed must not count as noticed by its slowness.
		timeoutMS: 45_000,
		incremental: true,
		incrementalFile: `${REPORTS}/${name}.incremental.json`,
		force: values.force ?? false,
		tempDirName: 'test-output/stryker',
		ignorePatterns: ['/dist', '/docs', '/test-output', '/.git'],
		reporters: ['progress', 'json', 'html'],
		jsonReporter: { fileName: `${REPORTS}/${name}.json` },
		htmlReporter: { fileName: `${REPORTS}/${name}.html` },
		thresholds: { high: 100, low: LEAST_PERCENT, break: null },
		allowEmpty: false,
		fileLogLevel: 'off',
		logLevel: 'warn',
	};
}

/** Whether a suite needs no more of n8n than some of its names. */
const isUnit = (suite) => suite.startsWith('test/unit/');

const inRoot = (pattern) => `<rootDir>/${pattern}`;

/** As Stryker counts; a mutant that cannot be run at all says nothing about the tests. */
const NOTICED = ['Killed', 'Timeout'];

/** Prints the survivors of a room; gives back its line of the table. */
async function report({ name }) {
	const { files } = JSON.parse(await readFile(`${REPORTS}/${name}.json`, 'utf8'));
	let noticed = 0;
	let timedOut = 0;
	let missed = 0;
	for (const [file, { source, mutants }] of Object.entries(files)) {
		const lines = source.split('\n');
		for (const { status, location, mutatorName, replacement } of mutants) {
			if (NOTICED.includes(status)) noticed += 1;
			if (status === 'Timeout') timedOut += 1;
			if (status !== 'Survived' && status !== 'NoCoverage') continue;
			missed += 1;
			const { line, column } = location.start;
			console.log(`${status} ${file}:${line}:${column} ${mutatorName}`);
			console.log(`  - ${lines[line - 1].trim()}`);
			console.log(`  + ${(replacement ?? '').replaceAll(/\s+/g, ' ')}`);
		}
	}
	return {
		name,
		noticed,
		timedOut,
		missed,
		percent: (100 * noticed) / Math.max(1, noticed + missed),
	};
}

const rows = [];
await mkdir(REPORTS, { recursive: true });
for (const room of chosenRooms()) {
	await new Stryker(options(room)).runMutationTest();
	rows.push(await report(room));
}
console.log(
	'\n| Room | Noticed | Of these by a time-out | Not noticed | Score |\n| --- | --- | --- | --- | --- |',
);
for (const { name, noticed, timedOut, missed, percent } of rows) {
	console.log(`| ${name} | ${noticed} | ${timedOut} | ${missed} | ${percent.toFixed(1)} % |`);
}
if (rows.some(({ percent }) => percent < LEAST_PERCENT)) process.exitCode = 1;
