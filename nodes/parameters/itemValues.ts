import type { IExecuteFunctions } from 'n8n-workflow';

import { NOT_PLAIN, plainReader } from './plainExpression';
import type { PlainReader } from './plainExpression';

function hasExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	if (typeof value === 'object' && value !== null) return Object.values(value).some(hasExpression);
	return false;
}

/** How the values of a parameter are obtained. */
type Way =
	{ kind: 'constant'; value: unknown } | { kind: 'plain'; read: PlainReader } | { kind: 'n8n' };

/** Gives the value of a parameter for an item as it is, or the fallback where nothing is entered. */
export type ValueReader = (itemIndex: number, fallback: unknown) => unknown;

/**
 * Reads the node's parameters for many items. A parameter in which there is no expression is read once,
 * and one whose expressions only name fields is read without n8n's evaluator, because that costs n8n as
 * much for the thousandth item as for the first. n8n evaluates the first item of each parameter in any
 * case; should its value differ, it evaluates all of them.
 */
export class ItemValues {
	private readonly written: Record<string, unknown>;

	/** How many of the values so far came from expressions, and so may differ from item to item. */
	varied = 0;

	private readonly items: ReturnType<IExecuteFunctions['getInputData']>;

	constructor(private readonly context: IExecuteFunctions) {
		this.written = context.getNode().parameters;
		this.items = context.getInputData();
	}

	/** Reads the parameter at a path, which may lead into a collection: `options.batchSize`. */
	at(path: string): ValueReader {
		let way: Way | undefined;
		return (itemIndex, fallback) => {
			if (way === undefined) {
				const value = this.evaluate(path, itemIndex, fallback);
				way = this.wayTo(path, itemIndex, value);
				if (way?.kind !== 'constant') this.varied++;
				return value;
			}
			if (way.kind === 'constant') return way.value;
			this.varied++;
			const value = way.kind === 'plain' ? way.read(this.items[itemIndex]?.json) : NOT_PLAIN;
			return value === NOT_PLAIN ? this.evaluate(path, itemIndex, fallback) : value;
		};
	}

	private evaluate(path: string, itemIndex: number, fallback: unknown): unknown {
		return this.context.getNodeParameter(path, itemIndex, fallback);
	}

	/**
	 * Decides how a parameter is read from now on.
	 * @param value what n8n gives for the item
	 * @returns `undefined` if this item does not settle it
	 */
	private wayTo(path: string, itemIndex: number, value: unknown): Way | undefined {
		const written = this.writtenAt(path);
		if (!hasExpression(written)) return { kind: 'constant', value };
		const read = plainReader(written);
		if (read === undefined) return { kind: 'n8n' };
		const plain = read(this.items[itemIndex]?.json);
		if (plain === NOT_PLAIN) return undefined;
		return isSame(plain, value) ? { kind: 'plain', read } : { kind: 'n8n' };
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
