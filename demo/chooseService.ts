import { createInterface } from 'node:readline/promises';

import { realService, realServiceSettings } from './realService';
import type { Service } from './service';
import { simulatedService } from './simulatedService';

/**
 * The simulator, unless the environment holds what the real service needs and the person at the
 * terminal agrees to use it. Without a terminal nobody can agree.
 */
export async function chooseService(documents: number): Promise<Service> {
	const settings = realServiceSettings(process.env);
	if (settings === undefined) return await simulatedService();
	if ('missing' in settings) {
		console.log(
			`EXTEND_API_TOKEN is set. To use the real Extend service, set ${settings.missing.join(' and ')} too. This time the simulator is used.`,
		);
		return await simulatedService();
	}
	const real = realService(settings);
	if (!process.stdin.isTTY || !process.stdout.isTTY) {
		console.log(
			'EXTEND_API_TOKEN is set, but there is no terminal to ask on, so the simulator is used.',
		);
	} else if (await agrees(real.name, documents)) {
		return real;
	} else {
		console.log('The simulator is used.');
	}
	return await simulatedService();
}

async function agrees(name: string, documents: number): Promise<boolean> {
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	try {
		const answer = await terminal.question(
			`Submit ${documents.toLocaleString('en')} short text documents to ${name}? Extend bills each of them. [y/N] `,
		);
		return /^y(es)?$/i.test(answer.trim());
	} finally {
		terminal.close();
	}
}
