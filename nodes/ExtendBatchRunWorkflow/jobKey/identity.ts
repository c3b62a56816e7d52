import { hash } from 'crypto';

import { withoutSignature } from './signedUrls';

/** Most characters of a key that the reference carries as it is; of a longer one it carries a hash. */
export const LONGEST_PLAIN_KEY = 64;

/** Characters of a hash in the reference: 128 bits. */
const HASH_LENGTH = 32;

/** What a document is, where no key of the user's says it. */
export type DocumentContent =
	| { kind: 'url'; url: string }
	| { kind: 'fileId'; id: string }
	| { kind: 'text'; text: string }
	/** Lower-case hex. */
	| { kind: 'binary'; sha256: string };

function digest(text: string): string {
	return hash('sha256', text, 'hex').slice(0, HASH_LENGTH);
}

/** A job key or document key as the reference carries it: the key itself if it is short, else a hash of it. */
export function shortKey(key: string): string {
	return key.length <= LONGEST_PLAIN_KEY ? key : digest(key);
}

/**
 * What identifies a document within its job, as the reference carries it: the user's key, else a hash of
 * the document itself. Of an address, the parameters of a signature do not count.
 *
 * @param key the user's key; empty: none
 * @param field the binary field of the document, where the key may be that of several files
 */
export function identityOf(key: string, content: DocumentContent, field?: string): string {
	if (key !== '') return shortKey(field === undefined ? key : JSON.stringify([key, field]));
	switch (content.kind) {
		case 'url':
			return digest(JSON.stringify(['url', withoutSignature(content.url)]));
		case 'fileId':
			return digest(JSON.stringify(['fileId', content.id]));
		case 'text':
			return digest(JSON.stringify(['text', content.text]));
		case 'binary':
			return digest(JSON.stringify(['binary', content.sha256]));
	}
}
