import type { INodeProperties } from 'n8n-workflow';

import { choice, flag, line, list, text, wholeNumber } from './checks';

/**
 * Checks values of parameters as a node declares them: complaints name what the editor shows, and numbers
 * have the limits that it has. A path leads to a parameter, or into a collection: `options.batchSize`.
 */
export class DeclaredParameters {
	private readonly declarations = new Map<string, INodeProperties>();

	constructor(properties: readonly INodeProperties[]) {
		for (const property of properties) {
			this.declarations.set(property.name, property);
			if (property.type !== 'collection') continue;
			for (const option of property.options ?? []) {
				if ('type' in option) this.declarations.set(`${property.name}.${option.name}`, option);
			}
		}
	}

	private of(path: string): INodeProperties | undefined {
		// Of a fixed collection, the editor shows the name of the whole.
		return this.declarations.get(path) ?? this.declarations.get(path.split('.', 1)[0] ?? '');
	}

	/** The name that the editor shows. */
	nameOf(path: string): string {
		return this.of(path)?.displayName ?? path;
	}

	text(path: string, value: unknown): string {
		return text(value, this.nameOf(path));
	}

	line(path: string, value: unknown): string {
		return line(value, this.nameOf(path));
	}

	list(path: string, value: unknown): string[] {
		return list(value, this.nameOf(path));
	}

	flag(path: string, value: unknown): boolean {
		return flag(value, this.nameOf(path));
	}

	choice<T extends string>(path: string, value: unknown, allowed: readonly T[]): T {
		return choice(value, this.nameOf(path), allowed);
	}

	wholeNumber(path: string, value: unknown): number {
		const { minValue = 0, maxValue = Number.MAX_SAFE_INTEGER } = this.of(path)?.typeOptions ?? {};
		return wholeNumber(value, this.nameOf(path), minValue, maxValue);
	}
}
