import { rawMessageOf, refusesThisCall } from '../extend/failures/failure';
import type { CallFailure } from '../extend/failures/failure';
import type { RunFile } from '../extend/api/types';

/** Refusals of the request itself: its method and its size. */
const OF_THE_REQUEST = new Set([405, 413]);

/**
 * Whether a batch may have been refused because of single inputs, so that a part of it would be accepted.
 * A 404 may be about a file; whether it is about the workflow must be asked.
 */
export function canLieInInputs(failure: CallFailure): boolean {
	return refusesThisCall(failure) && !OF_THE_REQUEST.has(failure.status ?? 0);
}

/** `inputs[3]`, `inputs.3`, `inputs/3`, `["inputs",3`: paths as validators write them, counted from 0. */
const PATHS = /\binputs["'\]]*\s*(?:\[|\.|\/|,)\s*["']?(\d+)/gi;

/**
 * Finds which inputs of a refused batch its message is about: by their positions in paths, by their
 * addresses, or by their file ids. Positions that the batch does not have are ignored.
 */
export function namedPositions(
	message: string,
	inputs: ReadonlyArray<{ file: RunFile }>,
): Set<number> {
	const positions = new Set<number>();
	for (const match of message.matchAll(PATHS)) {
		const position = Number(match[1]);
		if (position < inputs.length) positions.add(position);
	}
	if (positions.size > 0) return positions;

	const words = new Set(message.split(/[\s"'“”`(),;]+/).map((word) => word.replace(/[.:]+$/, '')));
	inputs.forEach(({ file }, position) => {
		if ('url' in file && words.has(file.url)) positions.add(position);
		if ('id' in file && words.has(file.id)) positions.add(position);
	});
	return positions;
}

/** Inputs that were refused for themselves, or that could not be cleared. */
interface RefusedInputs<Input> {
	inputs: Input[];
	failure: CallFailure;
	/** Set if the inputs were only in the company of bad ones when the search for these was given up. */
	searchGivenUp?: boolean;
}

/**
 * Submits a group of inputs and files it, unless it is refused for bad inputs in it.
 * @returns that refusal; `accepted`; or `failed` if nothing was learned about its inputs
 */
export type GroupTest<Input> = (group: Input[]) => Promise<CallFailure | 'accepted' | 'failed'>;

/** If a message names more inputs than this, asking about each alone would cost more than halving. */
const MOST_SUSPECTS = 50;

/** Calls that a search may cost in all. */
const MOST_CALLS = 400;

/** Calls that a search may cost as long as nothing is accepted. */
export const MOST_FRUITLESS_CALLS = 100;

/**
 * Finds the bad inputs of a batch that was refused, while the others are submitted. It uses the positions
 * that Extend's message names, for as long as one of these is refused alone; else it searches for one bad
 * input at a time: the group in which it lies is halved, halves that Extend accepts are done, and halves
 * not looked at go back to the rest. No input is blamed that was not refused when it was sent alone. One
 * bad input among 1,000 costs about 13 calls, ten cost about 110. When the budget is used up, or nothing
 * good can be found, the search ends, and the inputs that could not be cleared are refused together.
 */
export async function searchBadInputs<Input extends { file: RunFile }>(
	inputs: Input[],
	refusal: CallFailure,
	submit: GroupTest<Input>,
	mostFruitlessCalls = MOST_FRUITLESS_CALLS,
): Promise<Array<RefusedInputs<Input>>> {
	const refused: Array<RefusedInputs<Input>> = [];
	let calls = 0;
	let isAnyAccepted = false;
	const test: GroupTest<Input> = async (group) => {
		calls++;
		const outcome = await submit(group);
		isAnyAccepted ||= outcome === 'accepted';
		return outcome;
	};
	const isFruitless = () => !isAnyAccepted;
	const isGivenUp = () => calls >= MOST_CALLS || (isFruitless() && calls >= mostFruitlessCalls);

	let rest = inputs;
	let failure = refusal;
	let areNamesRight = true;
	for (;;) {
		if (rest.length === 1) return [...refused, { inputs: rest, failure }];
		if (isGivenUp()) return [...refused, { inputs: rest, failure, searchGivenUp: true }];

		let halves: Input[][] = [];
		const suspects = areNamesRight
			? namedPositions(rawMessageOf(failure), rest)
			: new Set<number>();
		if (suspects.size > 0 && suspects.size < Math.min(rest.length, MOST_SUSPECTS)) {
			areNamesRight = false;
			for (const position of suspects) {
				const suspect = [rest[position]!];
				const outcome = await test(suspect);
				if (typeof outcome !== 'object') continue;
				refused.push({ inputs: suspect, failure: outcome });
				areNamesRight = true;
			}
			rest = rest.filter((_, position) => !suspects.has(position));
		} else {
			const found = await searchOne(rest, failure, test, isGivenUp);
			refused.push(...found.refused);
			halves = found.untested;
			rest = halves.flat();
		}
		if (rest.length === 0) return refused;
		const outcome = await test(rest);
		if (typeof outcome === 'string') return refused;
		failure = outcome;

		const namesNone = namedPositions(rawMessageOf(failure), rest).size === 0;
		if (isFruitless() && halves.length > 1 && (namesNone || !areNamesRight)) {
			// The bad inputs lie close together, or all are bad: is there anything good?
			for (const half of halves.toReversed()) {
				const outcomeOfHalf = await test(half);
				if (typeof outcomeOfHalf === 'object') continue;
				rest = halves.filter((other) => other !== half).flat();
				break;
			}
			if (isFruitless()) {
				if (rest.length > MOST_SUSPECTS) {
					return [...refused, { inputs: rest, failure, searchGivenUp: true }];
				}
				for (const input of rest) {
					const alone = await test([input]);
					if (typeof alone === 'object') refused.push({ inputs: [input], failure: alone });
				}
				return refused;
			}
		}
	}
}

/**
 * Finds one bad input in a group that was refused, by halving.
 * @returns what was found, and the groups that are still to be submitted, in their order, the largest last
 */
async function searchOne<Input>(
	refusedGroup: Input[],
	refusal: CallFailure,
	test: GroupTest<Input>,
	isGivenUp: () => boolean,
): Promise<{ refused: Array<RefusedInputs<Input>>; untested: Input[][] }> {
	let group = refusedGroup;
	let failure = refusal;
	let untested: Input[][] = [];
	let isItselfRefused = true;
	while (group.length > 1 || !isItselfRefused) {
		if (isGivenUp())
			return { refused: [{ inputs: group, failure, searchGivenUp: true }], untested };
		const middle = Math.ceil(group.length / 2);
		const half = group.slice(0, middle);
		const otherHalf = group.slice(middle);
		const outcome = await test(half);
		if (outcome === 'failed') return { refused: [], untested: [otherHalf, ...untested] };
		if (outcome === 'accepted') {
			// The bad input must be in the other half; if there is none, none was bad by itself.
			if (otherHalf.length === 0) return { refused: [], untested };
			group = otherHalf;
			isItselfRefused = false;
		} else {
			if (otherHalf.length > 0) untested = [otherHalf, ...untested];
			group = half;
			failure = outcome;
			isItselfRefused = true;
		}
	}
	return { refused: [{ inputs: group, failure }], untested };
}
