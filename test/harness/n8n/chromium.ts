import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium, type Browser } from 'playwright-core';

import { StartupError } from './startupError';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

const ELSEWHERE = [
	'/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
	'/Applications/Chromium.app/Contents/MacOS/Chromium',
	'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/** Quiet and self-contained: a fresh profile, no calls home, nothing that needs a display or a user. */
const ARGUMENTS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--disable-dev-shm-usage',
];

/** The path of an installed Chromium or Chrome; `CHROMIUM_PATH` names another. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string {
	const directories = (env.PATH ?? '').split(delimiter);
	const candidates = [
		...(env.CHROMIUM_PATH ? [env.CHROMIUM_PATH] : []),
		...NAMES.flatMap((name) => directories.map((directory) => join(directory, name))),
		...ELSEWHERE,
	];
	const found = candidates.find((path) => existsSync(path));
	if (found !== undefined) return found;
	throw new StartupError(
		'No Chromium was found, and the tests of the editor need one.',
		'Install it (on Debian: apt-get install chromium), or set CHROMIUM_PATH to the program of a Chromium or Chrome.',
	);
}

/** Starts a browser without a window. */
export async function openBrowser(): Promise<Browser> {
	return await chromium.launch({
		executablePath: findChromium(),
		args: ARGUMENTS,
		headless: true,
	});
}
