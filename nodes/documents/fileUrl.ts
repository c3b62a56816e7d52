/** Addresses from which Extend is to fetch documents: what is sent, and what no service would take. */
import { cleaned, complain, shorten, text } from '../parameters/checks';

/** Most characters of an address. Servers and proxies take 8 KB as a rule. */
const LONGEST_URL = 8192;

const COMPLETE =
	'Extend fetches the file from there, so it must be a complete URL that begins with https:// or http://. For a file in n8n, set Source to Binary File.';

const ALONE = 'Make the field contain one URL and nothing else.';

/** What to do about addresses that only n8n, or only one computer, can read. */
const OTHER_SCHEMES: ReadonlyArray<[scheme: RegExp, advice: string]> = [
	[
		/^data:/i,
		'Extend takes no data URLs. Make it a file, for example with the Convert to File node, and set Source to Binary File.',
	],
	[
		/^(file:|[a-z]:[\\/]|\\\\)/i,
		'Extend cannot read files from your computer. Read the file in n8n, for example with the Read/Write Files from Disk node, and set Source to Binary File.',
	],
	[
		/^s?ftps?:/i,
		'Download the file in n8n, for example with the FTP node, and set Source to Binary File.',
	],
	[
		/^(s3a?|gs|gcs|azure|wasbs?|abfss?|r2):/i,
		'Make a signed https:// URL for the file, or download it in n8n and set Source to Binary File.',
	],
];

/** An address as errors quote it: short, and without the password or the signature that may be in it. */
function quoted(url: string): string {
	return shorten(url.replace(/\/\/[^/?#]*@/, '//***@').replace(/\?.*$/s, '?…'));
}

/** Whether a host can exist: labels of letters, digits and hyphens, or an address of numbers. */
function canExist(hostname: string): boolean {
	if (hostname.startsWith('[')) return true;
	return (
		hostname.length <= 254 &&
		/^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?$/.test(
			hostname,
		)
	);
}

/** Refuses what is no address, or more than one. */
function checkForm(url: string, parameter: string): void {
	const other = OTHER_SCHEMES.find(([scheme]) => scheme.test(url));
	if (other !== undefined) {
		const scheme = /^[a-z\d]{2,}:/i.exec(url)?.[0];
		const problem = scheme === undefined ? 'is a path on a computer' : `begins with “${scheme}”`;
		complain(parameter, problem, other[1]);
	}
	if (/[\s,;|]["'<([]*https?:\/\//i.test(url)) {
		complain(
			parameter,
			'contains more than one URL',
			'Give each document its own item, for example with a Split Out node.',
		);
	}
	if (/<a\s|<\/|\]\(|^=HYPERLINK/i.test(url)) {
		complain(parameter, 'contains a link with text around the URL', ALONE);
	}
	if (url.includes('{{') || url.includes('}}')) {
		complain(
			parameter,
			'contains an expression that n8n did not evaluate',
			'Switch the field to Expression, or correct the expression in the earlier node.',
		);
	}
	if (/[\p{Cc}\u2028\u2029]/u.test(url)) {
		complain(parameter, 'has a line break or a tab in it', ALONE);
	}
	// The parser would put another character in its place, and so name another file.
	if (/\p{Cs}/u.test(url)) complain(parameter, 'has half of a character in it', ALONE);
	if (url.length > LONGEST_URL) {
		complain(
			parameter,
			`has ${url.length.toLocaleString('en')} characters`,
			`A URL has at most ${LONGEST_URL.toLocaleString('en')}. ${COMPLETE}`,
		);
	}
}

/** Refuses what the parser would take for something that may not be meant. */
function parse(url: string, parameter: string): URL {
	const fail = (problem: string, advice = COMPLETE) =>
		complain(parameter, `is “${quoted(url)}”, which ${problem}`, advice);
	let parsed: URL;
	try {
		parsed = new URL(url);
	} catch {
		return fail('is not a complete URL');
	}
	if (parsed.protocol !== 'https:' && parsed.protocol !== 'http:') {
		return complain(parameter, `begins with “${shorten(parsed.protocol)}”`, COMPLETE);
	}
	if (!/^https?:\/\/[^/\\]/i.test(url)) return fail('is not a complete URL');
	if (/^https?:\/\/https?[:/]/i.test(url)) return fail('begins with https:// twice', ALONE);
	const [withoutQuery = ''] = url.split(/[?#]/, 1);
	if (withoutQuery.includes('\\')) return fail('has a backslash in it', 'Write / instead.');
	const strange =
		/[<>"\u00ad\u061c\u115f\u1160\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]/u.exec(
			url,
		)?.[0];
	if (strange !== undefined) {
		const code = strange.charCodeAt(0);
		return fail(
			code < 128
				? `has the character ${strange} in it`
				: `has an invisible character in it (U+${code.toString(16).toUpperCase().padStart(4, '0')})`,
			ALONE,
		);
	}
	if (!canExist(parsed.hostname)) return fail('has a host name that cannot exist');
	return parsed;
}

/** Nothing but what an address may consist of (RFC 3986), without stray percent signs. */
const CLEAN = /^(?:[\w.~:/?#[\]@!$&'()*+,;=-]|%[\da-f]{2})*$/i;

/** Whether it is an address of those characters that has nothing in it to look at more closely. */
function isPlain(url: string): boolean {
	return (
		CLEAN.test(url) &&
		url.length <= LONGEST_URL &&
		url.indexOf('://', 'https://'.length) < 0 &&
		!url.includes('](')
	);
}

/** An address without the quotes or angle brackets that people put around it. */
function bare(given: string): string {
	if (!/^[<"]/.test(given)) return given;
	return cleaned(given.replace(/^(?:<([^<>]*)>|"([^"]*)")$/, '$1$2'));
}

/** What an address has before its path, which decides its host; empty if it has no path. */
function beginningOf(url: string): string {
	return url.slice(0, Math.max(0, url.indexOf('/', 'https://'.length)));
}

/** Reads addresses of documents, and remembers the hosts that it has looked at. */
export class FileUrlReader {
	/** Host names by what their addresses begin with; see `beginningOf`. */
	private readonly known = new Map<string, string>();

	/**
	 * The address of a document, as it is sent: as given, with what may not stand in an address written so
	 * that it may, such as `%20` for a space.
	 *
	 * @returns `undefined` if there is none
	 * @throws ComplaintError if no service could fetch it
	 */
	read(value: unknown, parameter: string): { url: string; hostname: string } | undefined {
		const given = bare(cleaned(text(value, parameter)));
		if (given === '') return undefined;
		const beginning = beginningOf(given);
		const known = this.known.get(beginning);
		if (known !== undefined && isPlain(given)) return { url: given, hostname: known };
		checkForm(given, parameter);
		const { href, hostname } = parse(given, parameter);
		if (beginning !== '' && isPlain(given)) this.known.set(beginning, hostname);
		if (CLEAN.test(given)) return { url: given, hostname };
		// The parser leaves some of them as they are.
		const url = href
			.replace(/%(?![\da-f]{2})/gi, '%25')
			.replace(/[^\w.~:/?#[\]@!$&'()*+,;=%-]/g, encodeURIComponent);
		return { url, hostname };
	}
}
