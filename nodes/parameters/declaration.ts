import type { INodeProperties } from 'n8n-workflow';

/**
 * Declares parameters, and keeps what they may be: a reader of them knows the values of each choice.
 * What is declared otherwise is read just as well, but its choices are any text to the compiler.
 */
export function declare<const P extends INodeProperties | INodeProperties[]>(declaration: P): P {
	return declaration;
}

type Named<Property, Name> = Extract<Property, { name: Name }>;

type OptionOf<Property> = Property extends { options: ReadonlyArray<infer Option> }
	? Option
	: never;

type At<Property, Path> = Path extends `${infer Collection}.${infer Name}`
	? Named<OptionOf<Named<Property, Collection>>, Name>
	: Named<Property, Path>;

/** The values of a choice; `Path` leads to it as in `options.output`. */
export type ChoiceOf<Property, Path> =
	OptionOf<At<Property, Path>> extends { value: infer Value extends string }
		? [Value] extends [never]
			? string
			: Value
		: string;

/** One parameter, as its reader knows it. */
export interface Declared {
	/** What the editor shows; of a row in a fixed collection, the name of the whole. */
	shownName: string;
	/** The value where nothing is entered. */
	fallback: unknown;
	/** Least and greatest number; without a limit of its own, `-Infinity` and `Infinity`. */
	limits: { from: number; to: number };
	/** Values of a choice with their shown names; none if Extend gives them, or it is no choice. */
	choices: ReadonlyArray<{ name: string; value: string }>;
}

function isProperty(option: object): option is INodeProperties {
	return 'type' in option && 'default' in option;
}

function declared(property: INodeProperties, shownName = property.displayName): Declared {
	const { minValue = -Infinity, maxValue = Infinity } = property.typeOptions ?? {};
	const choices = (property.options ?? []).flatMap((option) =>
		'value' in option && typeof option.value === 'string'
			? [{ name: option.name, value: option.value }]
			: [],
	);
	return {
		shownName,
		fallback: property.default,
		limits: { from: minValue, to: maxValue },
		choices,
	};
}

/** All parameters by the paths to them: `source`, `options.batchSize`, `metadata.values`. */
export function declaredPaths(properties: readonly INodeProperties[]): Map<string, Declared> {
	const paths = new Map<string, Declared>();
	const add = (path: string, parameter: Declared) => {
		if (paths.has(path)) throw new Error(`The parameter ${path} is declared twice`);
		paths.set(path, parameter);
	};
	for (const property of properties) {
		if (property.type === 'notice') continue;
		add(property.name, declared(property));
		for (const option of property.options ?? []) {
			if ('values' in option) {
				const fallback = property.typeOptions?.multipleValues === true ? [] : {};
				add(`${property.name}.${option.name}`, { ...declared(property), fallback });
			} else if (property.type === 'collection' && isProperty(option)) {
				add(`${property.name}.${option.name}`, declared(option));
			}
		}
	}
	return paths;
}
