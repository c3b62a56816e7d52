import fc from 'fast-check';

import { Secrets, withoutSecrets } from '../../../nodes/extend/failures/secrets';

function secretsOf(...secrets: unknown[]): Secrets {
	const all = new Secrets();
	for (const secret of secrets) all.keep(secret);
	return all;
}

const html = (text: string) =>
	text
		.replaceAll('&', '&amp;')
		.replaceAll('<', '&lt;')
		.replaceAll('>', '&gt;')
		.replaceAll('"', '&quot;')
		.replaceAll("'", '&#39;');

const htmlNumbers = (text: string) =>
	Array.from(text, (character) => `&#x${character.codePointAt(0)!.toString(16)};`).join('');

const asciiJson = (text: string) =>
	JSON.stringify(text)
		.slice(1, -1)
		.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** How a text may be written in a message that quotes it. */
const WRITTEN: Record<string, (text: string) => string> = {
	plain: (text) => text,
	'in JSON': (text) => JSON.stringify(text),
	'in JSON in JSON': (text) => JSON.stringify(JSON.stringify(text)),
	'in JSON with ASCII only': asciiJson,
	'in JSON with escaped slashes': (text) => JSON.stringify(text).replaceAll('/', '\\/'),
	'in an address': encodeURIComponent,
	'in a whole address': encodeURI,
	'in an address, in lower case': (text) =>
		encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, (form) => form.toLowerCase()),
	'in an address in an address': (text) => encodeURIComponent(encodeURIComponent(text)),
	'in a form': (text) => new URLSearchParams({ p: text }).toString().slice(2),
	'in HTML': html,
	'in HTML, all in numbers': htmlNumbers,
	'in JSON in HTML': (text) => html(JSON.stringify(text)),
	'in Base64': (text) => Buffer.from(text).toString('base64'),
	'in Base64 for addresses': (text) => Buffer.from(text).toString('base64url'),
};

const SECRETS = [
	'hunter2-Zx81',
	'p&q<r>"s\'t',
	'back\\slash and "quotes"',
	'Größe/Straße+100 %',
	'密码-123',
	'two\nlines',
	'a=b&c=d',
	'%41%42cd',
	'sk_live+plus/slash==',
	'emoji 🔑 key',
];

describe.each(SECRETS)('the secret %j', (secret) => {
	test.each(Object.entries(WRITTEN))('does not stay %s', (_form, write) => {
		const message = `Cannot open: ${write(secret)}, it said. Twice: ${write(secret)}`;
		const clean = secretsOf(secret).blotOut(message);
		expect(clean).toMatch(/^Cannot open: "?(\\")?(&quot;)?\*\*\*.*, it said\. Twice: .*\*\*\*/);
		for (const other of Object.values(WRITTEN)) expect(clean).not.toContain(other(secret));
		expect(clean).not.toContain(secret.slice(0, 4));
	});
});

test('no secret that is kept stays in any message, in whatever form and company', () => {
	fc.assert(
		fc.property(
			fc.array(fc.string({ minLength: 4, maxLength: 20, unit: 'grapheme' }), {
				minLength: 1,
				maxLength: 5,
			}),
			fc.array(
				fc.oneof(
					fc.string(),
					fc.record({ which: fc.nat(4), form: fc.constantFrom(...Object.keys(WRITTEN)) }),
				),
			),
			(secrets, parts) => {
				const kept = secrets.filter(
					(secret) => secret.trim().length >= 4 && !/^\s*\d+\s*$/.test(secret),
				);
				fc.pre(kept.length > 0);
				const written = parts.map((part) =>
					typeof part === 'string' ? part : WRITTEN[part.form]!(kept[part.which % kept.length]!),
				);
				const clean = secretsOf(...kept).blotOut(written.join(' | '));
				for (const secret of kept)
					expect(clean.replaceAll('***', '\u0000')).not.toContain(secret.trim());
			},
		),
	);
});

test.each([
	[['hunter2', 'hunter2-Zx81'], 'password hunter2-Zx81 is wrong', 'password *** is wrong'],
	[['hunter2-Zx81', 'hunter2'], 'password hunter2-Zx81 is wrong', 'password *** is wrong'],
	[['abcdef', 'defghi'], 'x abcdefghi y', 'x *** y'],
	[['abab'], 'abababab', '***'],
	[['inner', 'an inner secret'], 'an inner secret', '***'],
])('of secrets that overlap (%j) nothing stays', (secrets, message, clean) => {
	expect(secretsOf(...secrets).blotOut(message)).toBe(clean);
});

test.each([
	[['42'], 'inputs[42].file: 42 is too much'],
	[[7], 'inputs[7]: Required'],
	[[42], 'inputs[42]: Required'],
	[['ab', 'in', 'abc', ' x '], 'inputs[3]: abc is invalid'],
	[[2026], 'request 120260 of id 42026'],
	[['', '   ', null, undefined, true, false], 'true is false, null is undefined'],
])('a secret so short (%j) leaves ordinary text alone', (secrets, message) => {
	expect(secretsOf(...secrets).blotOut(message)).toBe(message);
});

test('a number is a secret as a whole', () => {
	expect(secretsOf(493817).blotOut('PIN 493817, not 1493817')).toBe('PIN ***, not 1493817');
	expect(secretsOf('4938').blotOut('{"pin":4938}')).toBe('{"pin":***}');
});

test('all that objects and lists hold is secret', () => {
	const secrets = secretsOf({ a: { b: ['deep-secret'] }, c: 123456 });
	expect(secrets.blotOut('deep-secret and 123456')).toBe('*** and ***');
});

test('twenty thousand secrets do not make a message slow', () => {
	const secrets = secretsOf(Array.from({ length: 20_000 }, (_, index) => `password-${index}`));
	const message = Array.from({ length: 500 }, (_, index) => `inputs[${index}].file: Required`).join(
		'; ',
	);
	const before = performance.now();
	expect(secrets.blotOut(`${message} password-19999`)).toBe(`${message} ***`);
	expect(performance.now() - before).toBeLessThan(3000);
});

test('a node is shown without what is secret in its parameters, and else as it is', () => {
	const parameters = {
		filePassword: 'hunter2',
		options: { filePassword: 'hunter2', secrets: '{"a":"hunter2"}', batchSize: 7 },
		metadata: { values: [{ key: 'a', value: 'b' }] },
	};
	const node = {
		id: 'n',
		name: 'n',
		type: 't',
		typeVersion: 1,
		position: [0, 0] as [number, number],
	};
	const shown = withoutSecrets({ ...node, parameters });
	expect(JSON.stringify(shown)).not.toContain('hunter2');
	expect(shown).toEqual({
		...node,
		parameters: {
			filePassword: '***',
			options: { filePassword: '***', secrets: '***', batchSize: 7 },
			metadata: parameters.metadata,
		},
	});
	expect(parameters.options.filePassword).toBe('hunter2');
});

describe('rare ways to write a secret', () => {
	test.each([
		["it's-a-secret", 'it&apos;s-a-secret'],
		['with a space', 'with&nbsp;a&nbsp;space'],
		['tab\tinside', 'tab\\tinside'],
		['feed\finside', 'feed\\finside'],
		['return\rinside', 'return\\rinside'],
		['bell\binside', 'bell\\binside'],
		['hexadecimal', '\\x68exadecimal'],
		['quote"inside', 'quote\\\\\\"inside'],
		['quote"in', `quote${'\\'.repeat(7)}"in`],
		['many   spaces', 'many + spaces'],
		['few spaces', 'few   spaces'],
		['Größe-7', 'Gr%F6%DFe-7'],
		['last-\u{10ffff}', 'last-&#x10ffff;'],
		['????', 'Pz8/Pw'],
	])('%j is blotted out as %j', (secret, written) => {
		expect(secretsOf(secret).blotOut(`<${written}>`)).toBe('<***>');
	});

	test('numbers of characters that there are not do no harm', () => {
		for (const text of ['&#x110000;', '&#x10ffff;', '&#9999999;'])
			expect(secretsOf('hunter2').blotOut(`${text} hunter2`)).toBe(`${text} ***`);
		expect(secretsOf('hunter2').blotOut('hun&#x110000;ter2')).toBe('hun&#x110000;ter2');
	});

	test('a text that was written in one form ten thousand times over is read in a moment', () => {
		const message = `hunter2 %${'25'.repeat(10_000)}`;
		const before = performance.now();
		expect(secretsOf('hunter2').blotOut(message)).toBe(message.replace('hunter2', '***'));
		expect(performance.now() - before).toBeLessThan(2_000);
	});

	test('spaces around a secret do not count', () => {
		expect(secretsOf('  hunter2 ').blotOut('a hunter2b')).toBe('a ***b');
	});

	test('secrets that touch are blotted out as one, others each', () => {
		const both = secretsOf('abcd', 'efgh');
		expect(both.blotOut('abcdefgh')).toBe('***');
		expect(both.blotOut('abcd-efgh')).toBe('***-***');
		expect(both.blotOut('')).toBe('');
	});

	test('a short number is not taken out of a longer one, a word with digits is', () => {
		expect(secretsOf('1234').blotOut('1234 91234 12345 x1234y')).toBe('*** 91234 12345 x***y');
		expect(secretsOf('12345678').blotOut('9123456789')).toBe('9***9');
		expect(secretsOf('1234567').blotOut('912345679')).toBe('912345679');
		expect(secretsOf('a123').blotOut('9a1239')).toBe('9***9');
		expect(secretsOf('123a').blotOut('9123a9')).toBe('9***9');
	});

	test('lists of parameters stay lists', () => {
		const node = { ...bare, parameters: { list: ['a', 'b'], none: null, secrets: 'x' } };
		expect(withoutSecrets(node as never).parameters).toEqual({
			list: ['a', 'b'],
			none: null,
			secrets: '***',
		});
	});
});

const bare = {
	id: 'b1',
	name: 'Submit',
	type: 'extend',
	typeVersion: 1,
	position: [0, 0] as [number, number],
};

describe('the signature of an address', () => {
	const READABLE = Object.entries(WRITTEN).filter(([how]) => !how.includes('Base64'));
	const SIGNED = [
		'https://b.s3.amazonaws.com/a.pdf?X-Amz-Credential=AKIA1%2F2026&X-Amz-Date=2026&X-Amz-Signature=5ecre7',
		'https://storage.googleapis.com/b/a.pdf?GoogleAccessId=5ecre7&Expires=1&Signature=5ecre7%2Bx%3D',
		'https://a.blob.core.windows.net/c/a.pdf?sv=2026&sr=b&se=2026&sig=5ecre7%2Bx%3D',
		'https://files.example.com/a.pdf?row=7&token=5ecre7',
	];
	it.each(SIGNED.flatMap((url) => READABLE.map(([how, as]) => [how, as(url)])))(
		'is not shown %s: %s',
		(_how, url) => {
			const shown = new Secrets().blotOut(`Could not fetch ${url} (403), inputs[3]`);
			expect(shown).not.toContain('5ecre7');
			expect(shown).toContain('(403), inputs[3]');
		},
	);

	it('is all that is left out of it', () => {
		expect(new Secrets().blotOut(`Could not fetch ${SIGNED[3]}.`)).toBe(
			'Could not fetch https://files.example.com/a.pdf?row=7&token=***',
		);
	});
});
