import { hash32, seededRandom } from './random';

/** What the simulator "reads" in a document: always the same for the same file name. */
export interface DocumentFacts {
	/** `invoice`, `receipt` or `contract`. */
	category: DocumentCategory;
	/** Confidence of the classification, 0 to 1. */
	confidence: number;
	invoice_number: string;
	vendor: string;
	/** ISO date. */
	date: string;
	currency: string;
	total: number;
	line_items: Array<{ description: string; quantity: number; amount: number }>;
}

/** The kinds of documents that the simulated classifier knows. */
export const DOCUMENT_CATEGORIES = ['invoice', 'receipt', 'contract'] as const;

/** A kind of document. */
export type DocumentCategory = (typeof DOCUMENT_CATEGORIES)[number];

const VENDORS = [
	'Northwind Traders',
	'Contoso Logistics',
	'Fabrikam Paper',
	'Tailspin Foods',
	'Wide World Importers',
	'Proseware GmbH',
	'Litware Energy',
	'Adventure Works',
];
const CURRENCIES = ['USD', 'EUR', 'GBP'];
const GOODS = ['Consulting', 'Paper A4', 'Freight', 'Licences', 'Cleaning', 'Coffee'];
const FIRST_DAY = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

/** Derives the contents of a document from the name of its file. */
export function documentFacts(fileName: string): DocumentFacts {
	const random = seededRandom(hash32(fileName));
	const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
	const line_items = Array.from({ length: 1 + Math.floor(random() * 3) }, () => ({
		description: pick(GOODS),
		quantity: 1 + Math.floor(random() * 9),
		amount: cents(10 + random() * 900),
	}));
	return {
		category:
			DOCUMENT_CATEGORIES.find((name) => fileName.toLowerCase().includes(name)) ?? 'invoice',
		confidence: cents(0.9 + random() * 0.1),
		invoice_number: `INV-${1000 + Math.floor(random() * 9000)}`,
		vendor: pick(VENDORS),
		date: new Date(FIRST_DAY + Math.floor(random() * 180) * DAY_MS).toISOString().slice(0, 10),
		currency: pick(CURRENCIES),
		total: cents(line_items.reduce((sum, { amount }) => sum + amount, 0)),
		line_items,
	};
}

/** The document as lines of text: what parsing it gives and what its sample PDF shows. */
export function documentLines(fileName: string): string[] {
	const facts = documentFacts(fileName);
	return [
		`${facts.category.toUpperCase()} ${facts.invoice_number}`,
		`Vendor: ${facts.vendor}`,
		`Date: ${facts.date}`,
		...facts.line_items.map((item) => `${item.quantity} x ${item.description}: ${item.amount}`),
		`Total: ${facts.total.toFixed(2)} ${facts.currency}`,
	];
}

function cents(amount: number): number {
	return Math.round(amount * 100) / 100;
}
