import type { Json } from './n8nData';

/** A value as text: texts as they are, everything else as JSON. */
export function jsonText(value: Json | undefined): string {
	return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}
