import type { IExecuteFunctions } from 'n8n-workflow';

import { count, writeItems } from '../items/words';
import { canBeReached } from '../extend/access/publicAddress';
import { baseUrlOf } from '../extend/access/regions';
import type { ExtendApiCredential } from '../extend/access/regions';

/** What may be wrong with inputs, though they can be submitted. */
export interface Doubts {
	/** Documents whose address means something in a private network only. */
	privateUrls: ReadonlyArray<{ itemIndex: number; url: string }>;
	/** Items whose metadata holds numbers that lost digits before they came here. */
	roundedItems: readonly number[];
}

/** Most hosts that a hint names. */
const MOST_HOSTS = 3;

/** Most ranges of items that a hint names. */
const MOST_RANGES = 10;

function documents(items: readonly number[]): string {
	return `${count(items.length, 'document', 'documents')} (${writeItems(items, MOST_RANGES)})`;
}

/**
 * Says what may be wrong, in words.
 * @param apiBaseUrl where Extend answers; what is private for another Extend may be near that one
 */
export function wordsOf({ privateUrls, roundedItems }: Doubts, apiBaseUrl: string): string[] {
	const words: string[] = [];
	const unreachable = privateUrls.filter(({ url }) => !canBeReached(url, apiBaseUrl));
	if (unreachable.length > 0) {
		const hosts = [...new Set(unreachable.map(({ url }) => new URL(url).host))];
		const named = hosts.slice(0, MOST_HOSTS).join(', ');
		const more = hosts.length > MOST_HOSTS ? ' and others' : '';
		words.push(
			`Extend probably cannot reach the File URL of ${documents(unreachable.map(({ itemIndex }) => itemIndex))}: ${named}${more} can only be reached from your own network. Read such files in n8n, and set Source to Binary File.`,
		);
	}
	if (roundedItems.length > 0) {
		words.push(
			`The metadata of ${documents(roundedItems)} contains a number with more digits than n8n keeps, so its last digits may be wrong. Make the node that reads it return it as text.`,
		);
	}
	return words;
}

/** Tells above the output what may be wrong with inputs that were submitted. */
export async function addDoubtHints(context: IExecuteFunctions, doubts: Doubts): Promise<void> {
	if (doubts.privateUrls.length === 0 && doubts.roundedItems.length === 0) return;
	const credential = await context.getCredentials<ExtendApiCredential>('extendApi');
	for (const message of wordsOf(doubts, baseUrlOf(credential))) {
		context.addExecutionHints({ message, location: 'outputPane', type: 'warning' });
	}
}
