/**
 * Names of documents. Extend tells the type of a file by the extension of its name, and knows no others
 * than those of its list ("Supported File Types" in its documentation).
 */
import { cleaned } from '../parameters/checks';

/** Each extension of the list, with the MIME types that mean it: registered ones, and what programs send. */
const TYPES: Readonly<Record<string, readonly string[]>> = {
	bmp: ['image/bmp', 'image/ms-bmp', 'image/x-bmp', 'image/x-ms-bmp', 'image/x-windows-bmp'],
	csv: [
		'text/csv',
		'application/csv',
		'application/x-csv',
		'text/comma-separated-values',
		'text/x-comma-separated-values',
		'text/x-csv',
	],
	doc: [
		'application/msword',
		'application/doc',
		'application/vnd.msword',
		'application/x-msword',
		'application/winword',
	],
	docx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
	dotx: ['application/vnd.openxmlformats-officedocument.wordprocessingml.template'],
	eml: ['message/rfc822', 'application/eml', 'message/global', 'text/eml'],
	gif: ['image/gif'],
	heic: ['image/heic', 'image/heic-sequence', 'image/x-heic'],
	heif: ['image/heif', 'image/heif-sequence', 'image/x-heif'],
	html: ['text/html', 'application/html', 'application/xhtml+xml', 'text/x-html'],
	jpg: ['image/jpeg', 'image/jfif', 'image/jpe', 'image/jpg', 'image/pjpeg', 'image/x-jpeg'],
	lis: [],
	md: [
		'text/markdown',
		'application/markdown',
		'text/md',
		'text/x-markdown',
		'text/x-web-markdown',
	],
	ods: [
		'application/vnd.oasis.opendocument.spreadsheet',
		'application/x-vnd.oasis.opendocument.spreadsheet',
	],
	odt: ['application/vnd.oasis.opendocument.text', 'application/x-vnd.oasis.opendocument.text'],
	pcx: [
		'image/x-pcx',
		'application/pcx',
		'image/pcx',
		'image/vnd.zbrush.pcx',
		'image/x-pc-paintbrush',
	],
	pdf: [
		'application/pdf',
		'application/acrobat',
		'application/vnd.pdf',
		'application/x-pdf',
		'applications/vnd.pdf',
		'image/pdf',
		'text/pdf',
		'text/x-pdf',
	],
	png: ['image/png', 'application/png', 'image/apng', 'image/x-png'],
	ppm: ['image/x-portable-pixmap'],
	ppt: [
		'application/vnd.ms-powerpoint',
		'application/mspowerpoint',
		'application/powerpoint',
		'application/x-mspowerpoint',
	],
	pptx: ['application/vnd.openxmlformats-officedocument.presentationml.presentation'],
	psd: [
		'image/vnd.adobe.photoshop',
		'application/photoshop',
		'application/psd',
		'application/x-photoshop',
		'image/photoshop',
		'image/psd',
		'image/x-photoshop',
		'image/x-psd',
	],
	rtf: [
		'application/rtf',
		'application/richtext',
		'application/x-rtf',
		'text/richtext',
		'text/rtf',
	],
	svg: ['image/svg+xml', 'image/svg', 'image/svg-xml'],
	tiff: [
		'image/tiff',
		'application/tif',
		'application/tiff',
		'image/tif',
		'image/x-tif',
		'image/x-tiff',
	],
	txt: ['text/plain', 'application/text', 'application/txt', 'application/x-txt', 'text/x-plain'],
	webp: ['image/webp', 'image/x-webp'],
	wpd: ['application/vnd.wordperfect', 'application/wordperfect', 'application/x-wordperfect'],
	xls: [
		'application/vnd.ms-excel',
		'application/excel',
		'application/msexcel',
		'application/vnd.msexcel',
		'application/x-excel',
		'application/x-msexcel',
		'application/xls',
	],
	xlsx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', 'application/xlsx'],
	xltm: ['application/vnd.ms-excel.template.macroenabled.12'],
	xltx: ['application/vnd.openxmlformats-officedocument.spreadsheetml.template'],
	xml: ['application/xml', 'application/x-xml', 'text/xml'],
};

const EXTENSION_OF_TYPE = new Map(
	Object.entries(TYPES).flatMap(([extension, types]) => types.map((type) => [type, extension])),
);

/** Extensions that are not on the list, each with the one of the list that means the same. */
const ALIASES: Readonly<Partial<Record<string, string>>> = {
	dib: 'bmp',
	htm: 'html',
	jfi: 'jpg',
	jfif: 'jpg',
	jpe: 'jpg',
	markdn: 'md',
	markdown: 'md',
	mdown: 'md',
	mdtext: 'md',
	mdtxt: 'md',
	mkd: 'md',
	mkdn: 'md',
	pjp: 'jpg',
	pjpeg: 'jpg',
	shtml: 'html',
	text: 'txt',
	xht: 'html',
	xhtml: 'html',
};

const LISTED = new Set([...Object.keys(TYPES), 'jpeg', 'tif']);

/** The extension by which Extend knows what another says; undefined if it knows none such. */
function listed(extension: string): string | undefined {
	const lower = extension.toLowerCase();
	return LISTED.has(lower) ? lower : ALIASES[lower];
}

/** What follows the last dot of a name, if it looks like an extension. */
function extensionIn(name: string): string | undefined {
	const dot = name.lastIndexOf('.');
	if (dot < 1 || './\\'.includes(name.charAt(dot - 1))) return undefined;
	const extension = name.slice(dot + 1);
	return /^[A-Za-z0-9]{1,8}$/.test(extension) ? extension : undefined;
}

/** A name with an extension of the list: its own, the listed one that means the same, or that of the type. */
function withExtension(name: string, ofType: string | undefined): string {
	const own = extensionIn(name);
	const known = own === undefined ? undefined : listed(own);
	if (own === undefined || known === undefined) {
		return ofType === undefined ? name : `${name}.${ofType}`;
	}
	return own.toLowerCase() === known ? name : name.slice(0, -own.length) + known;
}

/** Extensions that mean the same type. */
const SAME_TYPE: Readonly<Partial<Record<string, string>>> = { jpeg: 'jpg', tif: 'tiff' };

/** The type that the extension of a name tells, as one word for all extensions that mean it; empty: none. */
export function typeOf(name: string): string {
	const extension = extensionIn(name)?.toLowerCase() ?? '';
	const known = listed(extension) ?? extension;
	return SAME_TYPE[known] ?? known;
}

/** A name with a number before its extension: `Invoice (2).pdf`. */
export function numberedName(name: string, number: number): string {
	const extension = extensionIn(name);
	const end = extension === undefined ? name.length : name.length - extension.length - 1;
	return `${name.slice(0, end)} (${number})${name.slice(end)}`;
}

/** A name without what nobody sees, and without dots and slashes at its end. */
function trimmed(name: string | undefined): string {
	return cleaned(name ?? '').replace(/[./\\\s]+$/, '');
}

/**
 * A name by which Extend can tell the type of a file in n8n. A name with an extension that says it stays
 * as it is; another gets that of the MIME type, else, if it has none at all, that which n8n found out.
 */
export function documentName(
	name: string | undefined,
	mimeType: string | undefined,
	fileExtension: string | undefined,
): string {
	const base = trimmed(name) || 'document';
	const type = mimeType?.split(';')[0]?.trim().toLowerCase() ?? '';
	const found = fileExtension?.replace(/^\./, '') || undefined;
	// Five letters at most: in `Mr.Smithers` it is no extension that n8n's had to stand back for.
	const hasOwn = /[^./\\]\.[A-Za-z0-9]{1,5}$/.test(base);
	const fallback = hasOwn ? undefined : found && (listed(found) ?? found);
	return withExtension(base, EXTENSION_OF_TYPE.get(type) ?? fallback);
}

function upTo(text: string, mark: string): string {
	const end = text.indexOf(mark);
	return end < 0 ? text : text.slice(0, end);
}

/** The last part of an address's path, in plain letters. */
function fileNameIn(url: string): string {
	const address = upTo(upTo(url, '?'), '#');
	const slash = address.lastIndexOf('/');
	if (slash < 'https://'.length) return '';
	const last = address.slice(slash + 1);
	if (!last.includes('%')) return last;
	try {
		return decodeURIComponent(last);
	} catch {
		return last;
	}
}

/**
 * The name to give to a document that Extend fetches: the chosen one, with the extension of the address
 * where it has none; or, where Extend would not know the address's own extension, its name with one it knows.
 *
 * @param name the chosen name; empty: none
 * @returns `undefined` if Extend can take the name from the address
 */
export function nameForUrl(name: string, url: string): string | undefined {
	const ofUrl = fileNameIn(url);
	const extension = extensionIn(ofUrl);
	const known = extension === undefined ? undefined : listed(extension);
	const base = trimmed(name);
	if (base !== '') return withExtension(base, known);
	return known === undefined || known === extension?.toLowerCase()
		? undefined
		: withExtension(ofUrl, known);
}

/** The name of a document that is given as text; `undefined` if none is chosen, and Extend makes one. */
export function nameForText(name: string): string | undefined {
	const base = trimmed(name);
	return base === '' ? undefined : withExtension(base, 'txt');
}
