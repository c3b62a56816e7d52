import type { INode, INodeParameters } from 'n8n-workflow';

/** Shorter texts stand in ordinary words: blotting them out would make nonsense of a message. */
const SHORTEST_SECRET = 4;

/** Shorter numbers are a secret only as a whole: 2026 is not one within 120261. */
const SHORTEST_LONG_NUMBER = 8;

const NAMED_CHARACTERS: Partial<Record<string, string>> = {
	amp: '&',
	lt: '<',
	gt: '>',
	quot: '"',
	apos: "'",
	nbsp: ' ',
};

const LETTER_ESCAPES: Partial<Record<string, string>> = {
	b: '\b',
	f: '\f',
	n: '\n',
	r: '\r',
	t: '\t',
};

/** A character as it is written in JSON and JavaScript, in HTML, or in addresses. */
const WRITTEN_FORM =
	/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|\\+(["'`/\\]|[bfnrt])|&#x([0-9a-f]{1,6});|&#(\d{1,7});|&(amp|lt|gt|quot|apos|nbsp);|((?:%[0-9a-f]{2})+)/gi;

/** What makes an address a signed one (S3, Google, Azure, CloudFront), and what other services call a token. */
const SIGNATURE =
	/(?<=[?&](?:amp;)?(?:x-(?:amz|goog)-(?:signature|credential|security-token)|signature|sig|awsaccesskeyid|googleaccessid|policy|key-pair-id|(?:access_?)?token|api_?key)=)[^&#\s"'<>\\)\]]+/gi;

/** White space, and what stands for it in the query of an address. */
const SPACE = /[\s+]+/g;

/** A text, and for each of its UTF-16 units where in the source it begins and ends. */
interface View {
	text: string;
	starts: number[];
	ends: number[];
}

type Range = [start: number, end: number];

function fromCode(code: string, radix: number): string {
	const point = parseInt(code, radix);
	return point <= 0x10ffff ? String.fromCodePoint(point) : ' ';
}

function percentDecoded(form: string): string {
	const bytes = Buffer.from(form.replaceAll('%', ''), 'hex');
	const text = bytes.toString('utf8');
	// What is not UTF-8 is taken byte by byte.
	return text.includes('\ufffd') ? bytes.toString('latin1') : text;
}

function readForm([
	form,
	unicode,
	hex,
	escaped,
	hexNumber,
	number,
	named,
]: RegExpMatchArray): string {
	const code = unicode ?? hex ?? hexNumber;
	if (code !== undefined) return fromCode(code, 16);
	if (number !== undefined) return fromCode(number, 10);
	if (escaped !== undefined) return LETTER_ESCAPES[escaped] ?? escaped;
	if (named !== undefined) return NAMED_CHARACTERS[named.toLowerCase()] ?? named;
	return percentDecoded(form);
}

/** The view with something else in the place of all that a pattern finds. */
function replaced(view: View, pattern: RegExp, by: (match: RegExpMatchArray) => string): View {
	const parts: string[] = [];
	const starts: number[] = [];
	const ends: number[] = [];
	const add = (text: string, from: number, to: number) => {
		parts.push(text);
		for (let unit = 0; unit < text.length; unit++) {
			starts.push(view.starts[from]!);
			ends.push(view.ends[to - 1]!);
		}
	};
	let done = 0;
	for (const match of view.text.matchAll(pattern)) {
		for (; done < match.index; done++) add(view.text[done]!, done, done + 1);
		done += match[0].length;
		add(by(match), match.index, done);
	}
	for (; done < view.text.length; done++) add(view.text[done]!, done, done + 1);
	return { text: parts.join(''), starts, ends };
}

/** The text itself, and with its written forms read once and twice; white space is one blank in all. */
function viewsOf(text: string): View[] {
	const units = Array.from({ length: text.length }, (_, index) => index);
	const views: View[] = [{ text, starts: units, ends: units.map((unit) => unit + 1) }];
	for (const view of views) {
		if (views.length > 2 || view.text.search(WRITTEN_FORM) < 0) break;
		views.push(replaced(view, WRITTEN_FORM, readForm));
	}
	return views.map((view) => replaced(view, SPACE, () => ' '));
}

/** Where a secret is in a view, as ranges of the source. */
function find({ text, starts, ends }: View, secret: string): Range[] {
	const isShortNumber = secret.length < SHORTEST_LONG_NUMBER && /^\d+$/.test(secret);
	const isDigit = (at: number) => /\d/.test(text.charAt(at));
	const found: Range[] = [];
	for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
		const end = at + secret.length;
		if (isShortNumber && (isDigit(at - 1) || isDigit(end))) continue;
		found.push([starts[at]!, ends[end - 1]!]);
	}
	return found;
}

/** What must not be seen in anything that Extend or the network says. */
export class Secrets {
	private readonly texts = new Set<string>();

	/**
	 * From now on, this text or number is blotted out, and of an object or list all that it holds. What has
	 * fewer than four characters is not.
	 */
	keep(secret: unknown): void {
		if (typeof secret === 'object' && secret !== null) {
			for (const value of Object.values(secret)) this.keep(value);
		}
		if (typeof secret !== 'string' && typeof secret !== 'number') return;
		const text = String(secret).trim();
		const base64 = Buffer.from(text).toString('base64').replaceAll('=', '');
		const base64Url = Buffer.from(text).toString('base64url');
		if (text.length < SHORTEST_SECRET) return;
		for (const form of [text, base64, base64Url]) this.texts.add(form.replace(SPACE, ' '));
	}

	/**
	 * The text with `***` for each secret in it, however it is written: quoted, as a part of an address, in
	 * HTML; and for the signatures of addresses.
	 */
	blotOut(text: string): string {
		const ranges: Range[] = [];
		for (const view of viewsOf(text)) {
			for (const secret of this.texts) {
				for (const range of find(view, secret)) ranges.push(range);
			}
			for (const { index, 0: signature } of view.text.matchAll(SIGNATURE)) {
				ranges.push([view.starts[index]!, view.ends[index + signature.length - 1]!]);
			}
		}
		ranges.sort(([a], [b]) => a - b);
		// Secrets that overlap are blotted out together, so that no part of the longer one stays.
		let clean = '';
		let done = 0;
		for (let index = 0; index < ranges.length;) {
			const [start] = ranges[index]!;
			let [, end] = ranges[index]!;
			for (; index < ranges.length && ranges[index]![0] <= end; index++) {
				end = Math.max(end, ranges[index]![1]);
			}
			clean += `${text.slice(done, start)}***`;
			done = end;
		}
		return clean + text.slice(done);
	}
}

/** Parameters that hold secrets, wherever they stand. */
const SECRET_PARAMETERS = new Set(['filePassword', 'secrets']);

function isParameters(value: unknown): value is INodeParameters {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function withoutSecretsIn(parameters: INodeParameters): INodeParameters {
	return Object.fromEntries(
		Object.entries(parameters).map(([name, value]) => {
			if (SECRET_PARAMETERS.has(name)) return [name, '***'];
			return [name, isParameters(value) ? withoutSecretsIn(value) : value];
		}),
	);
}

/** The node as errors carry it, which n8n keeps: without the passwords and secrets in its parameters. */
export function withoutSecrets(node: INode): INode {
	return { ...node, parameters: withoutSecretsIn(node.parameters) };
}
