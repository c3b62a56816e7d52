import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { cacheDirectory } from '../n8n/cacheDirectory';
import { startOwned, stopOwned } from '../n8n/children';
import { withLock } from '../n8n/lock';
import { runNpm } from '../n8n/npm';
import { freePorts } from '../n8n/ports';

import { untilReady, type Server } from './programs';

/** An S3 server with one bucket. */
export interface S3 extends Server {
	/** Stores a file. */
	put(key: string, contents: string): Promise<void>;
	/** A URL that gives the file to anybody for an hour. Each one is another. */
	signedUrl(key: string): string;
}

/** Not among the development dependencies: half a hundred packages of its own, some of them old, for one test. */
const PACKAGE = { name: 's3rver', version: '3.7.1' };
/** The account that the server has. */
const ACCESS = { id: 'S3RVER', secret: 'S3RVER' };
const BUCKET = 'documents';
const HOUR_S = 3_600;

/** The S3 server, installed into the cache beside n8n when it is not there. @returns its script */
export async function ensureS3(cache = cacheDirectory()): Promise<string> {
	const { name, version } = PACKAGE;
	const directory = join(cache, `${name}-${version}`);
	const script = join(directory, 'node_modules', name, 'bin', `${name}.js`);
	await mkdir(cache, { recursive: true });
	await withLock(`${directory}.lock`, async () => {
		if (existsSync(script)) return;
		const partial = `${directory}.partial`;
		await rm(partial, { recursive: true, force: true });
		await mkdir(partial);
		await writeFile(join(partial, 'package.json'), '{ "private": true }\n');
		const quietly = ['--ignore-scripts', '--no-audit', '--no-fund', `--prefix=${partial}`];
		await runNpm(['install', `${name}@${version}`, ...quietly], { cwd: partial });
		await rename(partial, directory);
	});
	return script;
}

/** Starts an S3 server of its own, with its files in `folder`. */
export async function startS3(script: string, folder: string): Promise<S3> {
	const [port = 0] = await freePorts(1);
	const data = join(folder, 's3');
	await mkdir(data);
	const child = startOwned(
		process.execPath,
		[
			...[script, '--silent', '--no-vhost-buckets', '--configure-bucket', BUCKET],
			...['--address', '127.0.0.1', '--port', String(port), '--directory', data],
		],
		{ cwd: data, stdio: 'ignore' },
	);
	const stop = async () => {
		await stopOwned(child);
	};
	const origin = `http://127.0.0.1:${port}`;
	let signatures = 0;
	const sign = (method: string, key: string) => {
		const path = `/${BUCKET}/${key.split('/').map(encoded).join('/')}`;
		// A second more each time, so that no two are the same.
		const expires = String(Math.floor(Date.now() / 1_000) + HOUR_S + ++signatures);
		return `${origin}${path}?${signedQuery(method, path, expires).toString()}`;
	};
	try {
		await untilReady(async () => await fetch(origin), 'the S3 server');
	} catch (error) {
		await stop();
		throw error;
	}
	return {
		port,
		put: async (key, contents) => {
			// Bytes, because a text would come with a type, which belongs to what is signed.
			const { status } = await fetch(sign('PUT', key), {
				method: 'PUT',
				body: Buffer.from(contents),
			});
			if (status !== 200) throw new Error(`The S3 server answered ${status}`);
		},
		signedUrl: (key) => sign('GET', key),
		stop,
	};
}

/** A part of a path as S3 spells it (RFC 3986). */
function encoded(text: string): string {
	return encodeURIComponent(text).replace(
		/[!'()*]/g,
		(sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}

/**
 * The older of the two signatures of S3: the one that this server checks. Its base64 is also the one that
 * breaks when anybody on the way decodes or encodes the URL once too often.
 */
function signedQuery(method: string, path: string, expires: string): URLSearchParams {
	const signature = createHmac('sha1', ACCESS.secret)
		.update([method, '', '', expires, path].join('\n'))
		.digest('base64');
	return new URLSearchParams({
		AWSAccessKeyId: ACCESS.id,
		Expires: expires,
		Signature: signature,
	});
}
