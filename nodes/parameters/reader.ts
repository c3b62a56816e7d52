import type { IExecuteFunctions, INodeProperties } from 'n8n-workflow';

import * as checks from './checks';
import type { Complaint } from './checks';
import { declaredPaths } from './declaration';
import type { ChoiceOf, Declared } from './declaration';
import { readId, readIds } from './ids';
import type { IdKind } from './ids';
import { ItemValues } from './itemValues';
import type { ValueReader } from './itemValues';
import { jsonObject } from './jsonValues';

/** Where the values come from. */
interface Values {
	at(path: string): ValueReader;
	/** How many of the values so far may differ from item to item. */
	readonly varied: number;
}

/** What triggers have to read their parameters with: contexts of hooks, webhooks and polls. */
export interface TriggerContext {
	getNodeParameter(name: string, fallback?: unknown): unknown;
}

type Check<T> = (value: unknown, parameter: Declared) => T;

interface Parameter extends Declared {
	valueFor: ValueReader;
	/** The last value and what it was read as, because the next item often has the same. */
	last?: { check: unknown; given: unknown; read: unknown };
}

const asText: Check<string> = (value, { shownName }) => checks.text(value, shownName);
const asLine: Check<string> = (value, { shownName }) => checks.line(value, shownName);
const asList: Check<string[]> = (value, { shownName }) => checks.list(value, shownName);
const asFlag: Check<boolean> = (value, { shownName }) => checks.flag(value, shownName);
const asChoice: Check<string> = (value, { shownName, choices }) =>
	checks.choice(value, shownName, choices);
const asChoices: Check<string[]> = (value, parameter) => [
	...new Set(asList(value, parameter).map((entry) => asChoice(entry, parameter))),
];
const asNumber: Check<number> = (value, { shownName, limits }) =>
	checks.number(value, shownName, limits);
const asWholeNumber: Check<number> = (value, { shownName, limits }) =>
	checks.wholeNumber(value, shownName, limits);
const asJson: Check<Record<string, unknown>> = (value, { shownName }) =>
	jsonObject(value, shownName);

function asId(kind: IdKind): Check<string> {
	// A resource locator holds its value among other things.
	return (value, { shownName }) =>
		readId(checks.isObject(value) && 'mode' in value ? value.value : value, shownName, kind);
}
const asIdOf: Readonly<Record<IdKind, Check<string>>> = {
	workflow: asId('workflow'),
	batch: asId('batch'),
	anyBatch: asId('anyBatch'),
	run: asId('run'),
	file: asId('file'),
	extractor: asId('extractor'),
	classifier: asId('classifier'),
	splitter: asId('splitter'),
};

/**
 * Reads the parameters of a node. Everything about a parameter but its type comes from its declaration:
 * the default, the limits, the choices, and the name under which errors speak of it. A path leads to a
 * parameter or into a collection: `options.batchSize`. What an expression gives is checked like what
 * somebody types. Every method throws a `ComplaintError` about a value that will not do.
 */
export class ParameterReader<Property extends INodeProperties> {
	private readonly parameters = new Map<string, Parameter>();

	private lastPath = '';

	private constructor(
		properties: readonly Property[],
		private readonly values: Values,
		private readonly itemCount = 0,
	) {
		for (const [path, declared] of declaredPaths(properties)) {
			this.parameters.set(path, { ...declared, valueFor: values.at(path) });
		}
	}

	/** Reads for each input item. It stays fast with very many of them; see `ItemValues`. */
	static ofItems<P extends INodeProperties>(
		properties: readonly P[],
		context: IExecuteFunctions,
	): ParameterReader<P> {
		const { length } = context.getInputData();
		return new ParameterReader(properties, new ItemValues(context), length);
	}

	/** Reads for a trigger, which has no items. */
	static ofTrigger<P extends INodeProperties>(
		properties: readonly P[],
		context: TriggerContext,
	): ParameterReader<P> {
		return new ParameterReader(properties, {
			at: (path) => (_itemIndex, fallback) => context.getNodeParameter(path, fallback),
			varied: 0,
		});
	}

	/** The name that the editor shows. */
	nameOf(path: string): string {
		return this.parameter(path).shownName;
	}

	/** Says that a parameter's value will not do. @throws ComplaintError always */
	complain(path: string, problem: string, advice: string): never {
		return checks.complain(this.nameOf(path), problem, advice);
	}

	/** Reads every input item; what is not right with one becomes a complaint about it. */
	async readItems<T>(
		read: (itemIndex: number) => T | Promise<T>,
	): Promise<{ inputs: T[]; complaints: Complaint[] }> {
		const inputs: T[] = [];
		const complaints: Complaint[] = [];
		for (let itemIndex = 0; itemIndex < this.itemCount; itemIndex++) {
			try {
				const input = read(itemIndex);
				inputs.push(input instanceof Promise ? await input : input);
			} catch (error) {
				complaints.push(checks.complaintOf(error, itemIndex, this.nameOf(this.lastPath)));
			}
		}
		return { inputs, complaints };
	}

	/**
	 * Makes a reading that is done once for all items if no expression is among the parameters that it
	 * reads, and for each item otherwise.
	 * @param read depends on nothing but parameters
	 */
	shared<T>(read: (itemIndex: number) => T): (itemIndex: number) => T {
		let known: { value: T } | undefined;
		return (itemIndex) => {
			if (known !== undefined) return known.value;
			const before = this.values.varied;
			const value = read(itemIndex);
			if (this.values.varied === before) known = { value };
			return value;
		};
	}

	/** The value as it is, for what is checked elsewhere. */
	value(path: string, itemIndex = 0, fallback = this.parameter(path).fallback): unknown {
		this.lastPath = path;
		return this.parameter(path).valueFor(itemIndex, fallback);
	}

	/** Any text; see `checks.text`. */
	text(path: string, itemIndex?: number): string {
		return this.read(path, itemIndex, asText);
	}

	/** One value that stands for itself; see `checks.line`. */
	line(path: string, itemIndex?: number): string {
		return this.read(path, itemIndex, asLine);
	}

	/** Values separated by commas and the like; see `checks.list`. */
	list(path: string, itemIndex?: number): readonly string[] {
		return this.read(path, itemIndex, asList);
	}

	/** True or false; see `checks.flag`. */
	flag(path: string, itemIndex?: number): boolean {
		return this.read(path, itemIndex, asFlag);
	}

	/** One of the declared choices, which may also be given by its shown name. */
	choice<Path extends string>(path: Path, itemIndex?: number): ChoiceOf<Property, Path> {
		return this.read(path, itemIndex, asChoice) as ChoiceOf<Property, Path>;
	}

	/** Some of the declared choices, each once. */
	choices<Path extends string>(
		path: Path,
		itemIndex?: number,
	): ReadonlyArray<ChoiceOf<Property, Path>> {
		return this.read(path, itemIndex, asChoices) as Array<ChoiceOf<Property, Path>>;
	}

	/** A number within the declared limits, with a fraction or without. */
	number(path: string, itemIndex?: number): number {
		return this.read(path, itemIndex, asNumber);
	}

	/** A whole number within the declared limits. */
	wholeNumber(path: string, itemIndex?: number): number {
		return this.read(path, itemIndex, asWholeNumber);
	}

	/** A whole number within the declared limits; `undefined`, not the default, if none is entered. */
	wholeNumberIfGiven(path: string, itemIndex = 0): number | undefined {
		const value = this.value(path, itemIndex, null);
		if (value === undefined || value === null || value === '') return undefined;
		return this.check(this.parameter(path), value, asWholeNumber);
	}

	/** True or false; `undefined`, not the default, if it is not entered: an option to add may start as on. */
	flagIfGiven(path: string, itemIndex = 0): boolean | undefined {
		const value = this.value(path, itemIndex, null);
		return value === undefined || value === null
			? undefined
			: this.check(this.parameter(path), value, asFlag);
	}

	/** An id of Extend, also from a resource locator; empty if there is none. See `readId`. */
	id(path: string, kind: IdKind, itemIndex?: number): string {
		return this.read(path, itemIndex, asIdOf[kind]);
	}

	/** Ids of Extend, each once. See `readIds`. */
	ids(path: string, kind: IdKind, itemIndex?: number): string[] {
		return readIds(this.value(path, itemIndex), this.nameOf(path), kind);
	}

	/** A JSON object, given as such or as text; see `jsonObject`. */
	json(path: string, itemIndex?: number): Record<string, unknown> {
		return this.read(path, itemIndex, asJson);
	}

	private parameter(path: string): Parameter {
		const parameter = this.parameters.get(path);
		if (parameter === undefined) throw new Error(`No parameter ${path} is declared`);
		return parameter;
	}

	private read<T>(path: string, itemIndex = 0, check: Check<T>): T {
		const parameter = this.parameter(path);
		this.lastPath = path;
		return this.check(parameter, parameter.valueFor(itemIndex, parameter.fallback), check);
	}

	private check<T>(parameter: Parameter, given: unknown, check: Check<T>): T {
		const { last } = parameter;
		if (last !== undefined && last.given === given && last.check === check) return last.read as T;
		const read = check(given, parameter);
		parameter.last = { check, given, read };
		return read;
	}
}
