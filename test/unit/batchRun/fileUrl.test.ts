import fc from 'fast-check';

import { ComplaintError } from '../../../nodes/parameters/checks';
import { FileUrlReader } from '../../../nodes/documents/fileUrl';

const urlOf = (value: unknown) => new FileUrlReader().read(value, 'File URL')?.url;

function complaintAbout(value: unknown): string {
	try {
		urlOf(value);
	} catch (error) {
		if (error instanceof ComplaintError) return `${error.problem}. ${error.advice}`;
		throw error;
	}
	throw new Error(`${String(value)} was taken`);
}

describe('an address is sent as it is given', () => {
	it.each([
		'https://example.com/a.pdf',
		'http://example.com:8080',
		'HTTPS://Example.com/A.PDF',
		'https://bucket.s3.eu-central-1.amazonaws.com/in/a%20b.pdf?X-Amz-Signature=0f%2Fa&X-Amz-Expires=3600',
		'https://account.blob.core.windows.net/c/a.pdf?sv=2024-11-04&sig=a%2Bb%3D&se=2026-01-01T00%3A00%3A00Z',
		"https://drive.google.com/uc?id=1_a-B&export=download#(it's)",
		'https://acme.sharepoint.com/:b:/s/x/EaB?e=1',
		'https://user:pass@example.com/a.pdf',
		'https://[2001:db8::1]:8443/a.pdf',
		'https://xn--mller-kva.example/a;v=1,2/b@c!$&*+=~.pdf',
		'https://web.archive.org/web/2020/https://example.com/a.pdf',
		'https://example.com/view?url=https://example.org/a.pdf',
		'https://under_score.example.com./a.pdf',
		'https://example.com/export?as=hyperlink',
	])('%s', (address) => {
		expect(urlOf(address)).toBe(address);
		expect(urlOf(`\ufeff ${address}\u200b\r\n`)).toBe(address);
		expect(urlOf(`<${address}>`)).toBe(address);
		expect(urlOf(`"${address}"`)).toBe(address);
	});

	it('whatever an address of its parts may be', () => {
		fc.assert(
			fc.property(fc.webUrl({ withFragments: true, withQueryParameters: true }), (address) => {
				expect(urlOf(address)).toBe(address);
			}),
		);
	});
});

it.each([
	['https://example.com/my scan.pdf', 'https://example.com/my%20scan.pdf'],
	['https://example.com/a.pdf?name=my scan', 'https://example.com/a.pdf?name=my%20scan'],
	['https://example.com/a  b%20c.pdf', 'https://example.com/a%20%20b%20c.pdf'],
	['https://example.com/100% sure.pdf', 'https://example.com/100%25%20sure.pdf'],
	['https://example.com/100%.pdf', 'https://example.com/100%25.pdf'],
	['https://example.com/Übersicht.pdf', 'https://example.com/%C3%9Cbersicht.pdf'],
	[
		'https://example.com/請求書　1.pdf',
		'https://example.com/%E8%AB%8B%E6%B1%82%E6%9B%B8%E3%80%801.pdf',
	],
	['https://example.com/a\u00a0b.pdf', 'https://example.com/a%C2%A0b.pdf'],
	['https://müller.example/a.pdf', 'https://xn--mller-kva.example/a.pdf'],
	['https://example.com/{a}|b^c`.pdf', 'https://example.com/%7Ba%7D%7Cb%5Ec%60.pdf'],
	['https://example.com/a.pdf?path=in\\a', 'https://example.com/a.pdf?path=in%5Ca'],
])('%s is sent as %s', (address, sent) => {
	expect(urlOf(address)).toBe(sent);
	// And is not changed any more when it comes back.
	expect(urlOf(sent)).toBe(sent);
});

it.each([undefined, null, '', ' \u200b\n'])('%j is no address', (value) => {
	expect(urlOf(value)).toBeUndefined();
});

describe('what no service would take is refused', () => {
	it.each([
		['https://example.com/a.pdf\nhttps://example.com/b.pdf', /more than one URL.*Split Out/],
		['https://example.com/a.pdf\r\n\r\nhttp://example.com/b.pdf', /more than one URL/],
		['https://example.com/a.pdf https://example.com/b.pdf', /more than one URL/],
		['https://example.com/a.pdf,https://example.com/b.pdf', /more than one URL/],
		['https://example.com/a.pdf; https://example.com/b.pdf', /more than one URL/],
		['https://example.com/a.pdf | <https://example.com/b.pdf>', /more than one URL/],
		['see: https://example.com/a.pdf', /more than one URL|not a complete URL/],
		['["https://example.com/a.pdf", "https://example.com/b.pdf"]', /more than one URL/],
		['https://example.com/in\nvoice.pdf', /line break/],
		['https://example.com/in\tvoice.pdf', /line break or a tab/],
		['https://example.com/in\u0000voice.pdf', /line break or a tab/],
		['https://example.com/in\u2028voice.pdf', /line break/],
		['https://example.com/in\ud83dvoice.pdf', /half of a character/],
		['ht\ntps://example.com/a.pdf', /line break/],
		['https://example.com/in\u200bvoice.pdf', /an invisible character in it \(U\+200B\)/],
		['https://exam\u00adple.com/invoice.pdf', /an invisible character in it \(U\+00AD\)/],
		['https://example.com/\u202einvoice.pdf', /an invisible character in it \(U\+202E\)/],
		['https:/example.com/a.pdf', /not a complete URL/],
		['https:example.com/a.pdf', /not a complete URL/],
		['https:///example.com/a.pdf', /not a complete URL/],
		['https:\\\\example.com\\a.pdf', /not a complete URL/],
		['https://example.com\\a.pdf', /a backslash in it.*Write \//],
		['https://example.com/in\\a.pdf', /a backslash in it/],
		['https://https://example.com/a.pdf', /https:\/\/ twice/],
		['https://http//example.com/a.pdf', /https:\/\/ twice/],
		['http://', /not a complete URL/],
		['https://', /not a complete URL/],
		['https://?a=1', /not a complete URL/],
		['//example.com/a.pdf', /not a complete URL/],
		['www.example.com/a.pdf', /not a complete URL/],
		['example.com/a.pdf', /not a complete URL/],
		['/mnt/scans/a.pdf', /not a complete URL/],
		['null', /not a complete URL/],
		['#N/A', /not a complete URL/],
		['https://exa mple.com/a.pdf', /not a complete URL/],
		['https://example.com:99999/a.pdf', /not a complete URL/],
		['https://[object Object]', /not a complete URL/],
		['https://example,com/a.pdf', /a host name that cannot exist/],
		['https://example..com/a.pdf', /a host name that cannot exist/],
		['https://.../a.pdf', /a host name that cannot exist/],
		['https://-.com/a.pdf', /a host name that cannot exist/],
		[`https://${'a'.repeat(64)}.com/a.pdf`, /a host name that cannot exist/],
		['<a href="https://example.com/a.pdf">a</a>', /text around the URL/],
		['[a.pdf](https://example.com/a.pdf)', /text around the URL/],
		['=HYPERLINK("https://example.com/a.pdf")', /text around the URL/],
		['https://example.com/"a".pdf', /the character " in it/],
		['https://example.com/a.pdf>', /the character > in it/],
		['https://example.com/{{ $json.id }}.pdf', /an expression that n8n did not evaluate/],
		[`https://example.com/${'a'.repeat(9000)}`, /has 9,020 characters/],
		['data:application/pdf;base64,JVBERi0=', /begins with “data:”.*Convert to File/],
		[`data:application/pdf;base64,${'A'.repeat(100_000)}`, /begins with “data:”/],
		['file:///home/me/a.pdf', /begins with “file:”.*your computer/],
		['C:\\scans\\a.pdf', /a path on a computer.*your computer/],
		['c:/scans/a.pdf', /a path on a computer/],
		['\\\\server\\scans\\a.pdf', /a path on a computer/],
		['ftp://example.com/a.pdf', /begins with “ftp:”.*FTP node/],
		['sftp://example.com/a.pdf', /begins with “sftp:”.*FTP node/],
		['s3://bucket/a.pdf', /begins with “s3:”.*signed https/],
		['gs://bucket/a.pdf', /begins with “gs:”.*signed https/],
		['mailto:a@example.com', /begins with “mailto:”/],
		['blob:https://example.com/0f', /begins with “blob:”/],
		['javascript:alert(1)', /begins with “javascript:”/],
		[{ url: 'https://example.com' }, /is an object, not text/],
		[['https://example.com'], /is a list, not text/],
	])('%j', (value, complaint) => {
		expect(complaintAbout(value)).toMatch(complaint);
	});

	it('and the password in an address is not repeated', () => {
		expect(complaintAbout('https://me:hunter2@example..com/a.pdf')).not.toContain('hunter2');
	});
});

it('refuses the same after it has seen the host', () => {
	const reader = new FileUrlReader();
	const read = (value: string) => reader.read(value, 'File URL');
	expect(read('https://example.com/a.pdf')).toEqual(read('https://example.com/a.pdf'));
	for (const wrong of [
		'https://example.com/a.pdf,https://example.com/b.pdf',
		'https://example.com/a\nb.pdf',
		'https://example.com\\a.pdf',
		'https://example.com/](https://example.com/b.pdf',
		`https://example.com/${'a'.repeat(9000)}`,
	]) {
		expect(() => read(wrong)).toThrow(ComplaintError);
	}
	expect(read('https://example.com/a b.pdf')?.url).toBe('https://example.com/a%20b.pdf');
	expect(read('https://example.com/100%')?.url).toBe('https://example.com/100%25');
});

it('reads an address alike whatever it has seen before', () => {
	const oneOf = (...parts: string[]) => fc.constantFrom(...parts);
	const address = fc
		.tuple(
			oneOf('https://', 'http://', 'HTTPS://', 'https:/', 'http:', 'http:///', 'https:///', ''),
			oneOf('', 'a@', 'a:b@', 'a?@', 'a#@'),
			oneOf('a', 'b', 'A', 'a.example', '10.0.0.1', '[::1]', '-', ''),
			oneOf('', ':80', ':8080', ':x'),
			oneOf('', '/', '/a', '/b/c', '//a', '?c', '?/c', '#d', '#/d', '?@b/c', '/](', '/a b', '\\a'),
		)
		.map((parts) => parts.join(''));
	const reading = (reader: FileUrlReader, value: string): unknown => {
		try {
			return reader.read(value, 'File URL');
		} catch (error) {
			return (error as ComplaintError).problem;
		}
	};
	fc.assert(
		fc.property(fc.array(address, { minLength: 5, maxLength: 20 }), (addresses) => {
			const reader = new FileUrlReader();
			for (const one of addresses) {
				expect(reading(reader, one)).toEqual(reading(new FileUrlReader(), one));
			}
		}),
		{ numRuns: 1000 },
	);
});

it('takes what it takes as any client would: nothing in it is repaired silently', () => {
	const piece = fc.oneof(
		fc.string({ unit: 'grapheme', maxLength: 4 }),
		fc.constantFrom(
			'https:',
			'http://',
			'//',
			'/',
			'\\',
			'\n',
			'\t',
			' ',
			'a.com',
			'%',
			'"',
			'?',
			'#',
		),
	);
	fc.assert(
		fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
			let sent: string | undefined;
			try {
				sent = urlOf(`https://example.com${pieces.join('')}`);
			} catch (error) {
				if (error instanceof ComplaintError) return;
				throw error;
			}
			expect(sent).toMatch(/^https:\/\/[\w.~:/?#[\]@!$&'()*+,;=%-]+$/i);
			expect(sent).not.toMatch(/%(?![\da-f]{2})/i);
			expect(new URL(sent!).href.startsWith('https://')).toBe(true);
		}),
		{ numRuns: 2000 },
	);
});

it.each([
	'files.example.com/a.pdf?sig=5ecre7',
	'https://a..b/a.pdf?sig=5ecre7',
	'https://a.example/"a.pdf?sig=5ecre7',
])('is quoted without what signs it: %s', (address) => {
	const said = complaintAbout(address);
	expect(said).toMatch(/a\.pdf\?…”/);
	expect(said).not.toContain('5ecre7');
});
