import { createServer, type AddressInfo, type Socket } from 'node:net';

import type { Server } from './programs';

/** A mail server that keeps what it is given, and passes nothing on. */
export interface Smtp extends Server {
	/** What a node of n8n needs to connect. */
	credential: Readonly<Record<string, string | number | boolean>>;
	/** The emails so far, in order of arrival. */
	readonly sent: ReadonlyArray<{ to: string; subject: string; text: string }>;
}

const ANSWERS: Record<string, string> = {
	EHLO: '250 here',
	HELO: '250 here',
	MAIL: '250 good',
	RCPT: '250 good',
	RSET: '250 good',
	DATA: '354 go on',
	QUIT: '221 bye',
};

/** Starts a mail server of its own. */
export async function startSmtp(): Promise<Smtp> {
	const sent: Array<{ to: string; subject: string; text: string }> = [];
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket.once('close', () => sockets.delete(socket)));
		let received = '';
		let isData = false;
		const say = (line: string) => socket.write(`${line}\r\n`);
		say('220 ready');
		socket.on('error', () => socket.destroy());
		socket.setEncoding('utf8').on('data', (chunk: string) => {
			received += chunk;
			for (;;) {
				const end = isData ? '\r\n.\r\n' : '\r\n';
				const at = received.indexOf(end);
				if (at < 0) return;
				const part = received.slice(0, at);
				received = received.slice(at + end.length);
				if (isData) sent.push(read(part));
				const command = part.slice(0, 4).toUpperCase();
				say(isData ? '250 taken' : (ANSWERS[command] ?? '502 unknown'));
				isData = !isData && command === 'DATA';
			}
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const { port } = server.address() as AddressInfo;
	return {
		port,
		sent,
		credential: {
			host: '127.0.0.1',
			port,
			user: '',
			password: '',
			secure: false,
			disableStartTls: true,
		},
		stop: async () => {
			for (const socket of sockets) socket.destroy();
			await new Promise((resolve) => server.close(resolve));
		},
	};
}

/** What an email of plain text says. */
function read(email: string): { to: string; subject: string; text: string } {
	const [head = '', ...body] = email.split('\r\n\r\n');
	const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'im').exec(head)?.[1] ?? '';
	return { to: header('To'), subject: header('Subject'), text: body.join('\r\n\r\n').trim() };
}
