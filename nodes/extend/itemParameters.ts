import type { IExecuteFunctions } from 'n8n-workflow';

function hasExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	if (typeof value === 'object' && value !== null) return Object.values(value).some(hasExpression);
	return false;
}

/**
 * Reads the node's parameters for many items. A parameter in which there is no expression is read once,
 * because reading it costs n8n as much for the thousandth item as for the first.
 */
export class ItemParameters {
	private readonly constants = new Map<string, unknown>();

	private readonly isConstant = new Map<string, boolean>();

	/** The path that was asked for last, to say where reading failed. */
	lastPath = '';

	private readonly raw: Record<string, unknown>;

	constructor(private readonly context: IExecuteFunctions) {
		this.raw = context.getNode().parameters;
	}

	/** The value for an item; `path` may lead into a collection: `options.batchSize`. */
	get(path: string, itemIndex: number, fallback: unknown): unknown {
		this.lastPath = path;
		if (this.constants.has(path)) return this.constants.get(path);
		let isConstant = this.isConstant.get(path);
		if (isConstant === undefined) {
			isConstant = !hasExpression(this.rawValue(path));
			this.isConstant.set(path, isConstant);
		}
		const value: unknown = this.context.getNodeParameter(path, itemIndex, fallback);
		if (isConstant) this.constants.set(path, value);
		return value;
	}

	/** The value as it is written; a default, which may be an expression too, where nothing is. */
	private rawValue(path: string): unknown {
		let value: unknown = this.raw;
		for (const step of path.split('.')) {
			if (typeof value === 'string') return value;
			value = (value as Record<string, unknown> | undefined)?.[step];
		}
		return value;
	}
}
