/** What can be read off the words of others, and what of them people should see. */

const QUOTED =
	/"(?:\\.|[^"\\])*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»|‘[^’]*’|`[^`]*`|(?<![\p{L}\p{N}])'(?:\\.|[^'\\])*'(?![\p{L}\p{N}])/gu;

/** What is left open: the text was cut off within it. */
const OPEN_QUOTE = /["“„«‘`].*$/su;

/** Addresses, paths, file names and paths of fields: whatever has a slash, or a dot within. */
const NAMES = /\S*[\\/]\S*|\S+[.@]\p{L}\S*|\S+\.\d\S*/gu;

/** What a message says in words of its own, without what it quotes: addresses, names, paths and quoted text. */
export function ownWords(message: string): string {
	return message.replace(QUOTED, ' ').replace(OPEN_QUOTE, ' ').replace(NAMES, ' ');
}

/** `inputs[3]`, `inputs.3`, `inputs/3`, `["inputs",3`: paths as validators write them. */
const PATH = /\b(inputs["'\]]*\s*(?:\[|\.|\/|,|->|[→›>])\s*["']?)\d+/gi;

/** `input 3`, `inputs 3, 5 and 7`, `index #3`. */
const NUMBERED =
	/\b((?:input|item|index|position|indices|indexes)s?(?:\s+(?:no\.?|number|at|index|position))*\s*[#:=]?\s*)\d+(?:\s*(?:,|and|&|or)\s*#?\d+\b)*(?![\w-]|\.\w)/gi;

/**
 * A message without the positions that it names. They count within one request, and would be taken for the
 * numbers of items, which differ from them.
 */
export function withoutPositions(message: string): string {
	return message.replace(PATH, '$1…').replace(NUMBERED, '$1…');
}

/** A phrase as the beginning of a sentence. */
export function capital(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
