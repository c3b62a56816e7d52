import type { IExecuteFunctions } from 'n8n-workflow';

import { NOT_PLAIN, plainReader } from './plainExpression';
import type { PlainReader } from './plainExpression';

function hasExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	if (typeof value === 'object' && value !== null) return Object.values(value).some(hasExpression);
	return false;
}

/** How the values of a parameter are had. */
type Way = { kind: 'constant'; value: unknown } | { kind: 'plain'; read: PlainReader } | 'n8n';

/**
 * Reads the node's parameters for many items. A parameter in which there is no expression is read once,
 * and one whose expressions only name fields is read without n8n's evaluator, because that costs n8n as
 * much for the thousandth item as for the first. n8n evaluates the first item of each parameter in any
 * case; should its value differ, it evaluates all of them.
 */
export class ItemValues {
	private readonly ways = new Map<string, Way>();

	private readonly written: Record<string, unknown>;

	/** How many of the values so far came from expressions, and so may differ from item to item. */
	varied = 0;

	private readonly items: ReturnType<IExecuteFunctions['getInputData']>;

	constructor(private readonly context: IExecuteFunctions) {
		this.written = context.getNode().parameters;
		this.items = context.getInputData();
	}

	/** The value for an item; `path` may lead into a collection: `options.batchSize`. */
	get(path: string, itemIndex: number, fallback: unknown): unknown {
		const way = this.ways.get(path);
		if (way === undefined) return this.first(path, itemIndex, fallback);
		if (way !== 'n8n' && way.kind === 'constant') return way.value;
		this.varied++;
		if (way === 'n8n') return this.evaluate(path, itemIndex, fallback);
		const value = way.read(this.items[itemIndex]?.json);
		return value === NOT_PLAIN ? this.evaluate(path, itemIndex, fallback) : value;
	}

	private evaluate(path: string, itemIndex: number, fallback: unknown): unknown {
		return this.context.getNodeParameter(path, itemIndex, fallback);
	}

	/** Lets n8n read it, and decides how it is read from now on. */
	private first(path: string, itemIndex: number, fallback: unknown): unknown {
		const written = this.writtenAt(path);
		const value = this.evaluate(path, itemIndex, fallback);
		if (!hasExpression(written)) {
			this.ways.set(path, { kind: 'constant', value });
			return value;
		}
		this.varied++;
		const read = plainReader(written);
		const plain = read?.(this.items[itemIndex]?.json);
		if (read === undefined) this.ways.set(path, 'n8n');
		else if (plain !== NOT_PLAIN) {
			this.ways.set(path, isSame(plain, value) ? { kind: 'plain', read } : 'n8n');
		}
		return value;
	}

	/** The value as it is written; a default, which may be an expression too, where nothing is. */
	private writtenAt(path: string): unknown {
		let value: unknown = this.written;
		for (const step of path.split('.')) {
			// A collection that is an expression as a whole: n8n sees no parameters in it, only fallbacks.
			if (typeof value === 'string') return undefined;
			value = (value as Record<string, unknown> | undefined)?.[step];
		}
		return value;
	}
}

function isSame(a: unknown, b: unknown): boolean {
	return a === b || JSON.stringify(a) === JSON.stringify(b);
}
