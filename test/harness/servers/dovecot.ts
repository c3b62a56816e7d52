import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { startOwned, stopOwned } from '../n8n/children';
import { freePorts } from '../n8n/ports';

import { untilReady, which, type Server } from './programs';

/** An IMAP server with one mailbox. */
export interface Dovecot extends Server {
	/** What a node of n8n needs to connect. */
	credential: Readonly<Record<string, string | number | boolean>>;
	/** Puts an email into the mailbox, as a mail server does. */
	deliver(mail: string): Promise<void>;
	/** How many emails somebody has marked as read. */
	read(): Promise<number>;
}

const USER = 'invoices@example.com';
const PASSWORD = 'only-for-this-test';

/** Where Dovecot is, or undefined where it is not installed. */
export async function findDovecot(): Promise<string | undefined> {
	return await which('dovecot');
}

/** Starts a Dovecot of its own, with its mailbox in `folder`. Its own mail user serves it where it runs as root. */
export async function startDovecot(program: string, folder: string): Promise<Dovecot> {
	const [port = 0] = await freePorts(1);
	const isRoot = userInfo().uid === 0;
	const owner = isRoot ? 'dovecot' : userInfo().username;
	const home = join(folder, 'dovecot');
	const box = join(home, 'mail');
	for (const path of [home, join(home, 'run'), box]) await mkdir(path);
	for (const part of ['new', 'cur', 'tmp']) await mkdir(join(box, part));
	if (isRoot) {
		await chmod(folder, 0o755);
		await promisify(execFile)('chown', ['-R', owner, box]);
	}
	const settings = join(home, 'dovecot.conf');
	const log = join(home, 'log');
	await writeFile(settings, configuration({ home, box, log, port, owner, isRoot }));
	const child = startOwned(program, ['-F', '-c', settings], { cwd: home, stdio: 'ignore' });
	const stop = async () => {
		await stopOwned(child);
	};
	try {
		await untilReady(async () => {
			await greeting(port);
		}, 'Dovecot');
	} catch (error) {
		await stop();
		throw new Error(await readFile(log, 'utf8').catch(() => 'Dovecot wrote no log.'), {
			cause: error,
		});
	}
	let mails = 0;
	return {
		port,
		credential: {
			host: '127.0.0.1',
			port,
			user: USER,
			password: PASSWORD,
			secure: false,
			allowUnauthorizedCerts: false,
		},
		// A mail appears whole or not at all.
		deliver: async (mail) => {
			const name = `${Date.now()}.${++mails}.test`;
			await writeFile(join(box, 'tmp', name), mail);
			if (isRoot) await promisify(execFile)('chown', [owner, join(box, 'tmp', name)]);
			await rename(join(box, 'tmp', name), join(box, 'new', name));
		},
		read: async () => {
			const { stdout } = await promisify(execFile)('ls', [join(box, 'cur')]);
			return stdout.split('\n').filter((name) => /:2,.*S/.test(name)).length;
		},
		stop,
	};
}

/** Waits for the first line of an IMAP server. */
async function greeting(port: number): Promise<void> {
	await new Promise<void>((resolve, reject) => {
		const socket = connect(port, '127.0.0.1');
		socket.setTimeout(2_000, () => socket.destroy(new Error('no greeting')));
		socket.once('error', reject);
		socket.once('close', () => {
			reject(new Error('closed before it greeted'));
		});
		socket.once('data', () => {
			resolve();
			socket.destroy();
		});
	});
}

function configuration(place: {
	home: string;
	box: string;
	log: string;
	port: number;
	owner: string;
	isRoot: boolean;
}): string {
	const { home, box, log, port, owner, isRoot } = place;
	// Dovecot gives its parts to users of its own, if it may.
	const own = `default_internal_user = ${owner}
default_login_user = ${owner}
default_internal_group = ${owner}
service anvil {
  chroot =
}`;
	return `base_dir = ${home}/run
state_dir = ${home}/run
log_path = ${log}
listen = 127.0.0.1
protocols = imap
ssl = no
disable_plaintext_auth = no
first_valid_uid = 1
mail_location = maildir:${box}
${isRoot ? '' : own}
passdb {
  driver = static
  args = password=${PASSWORD}
}
userdb {
  driver = static
  args = uid=${owner} gid=${owner} home=${home}/run
}
service imap-login {
  chroot =
  inet_listener imap {
    port = ${port}
  }
  inet_listener imaps {
    port = 0
  }
}
`;
}
