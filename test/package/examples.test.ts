/** Every example: its notes touch nothing and have no empty halves, and its Extend nodes are the newest. */
import { readFileSync, readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';

import type { INodeType } from 'n8n-workflow';

import packageJson from '../../package.json';

interface ExampleNode {
	name: string;
	type: string;
	typeVersion: number;
	position: [number, number];
	parameters: {
		content?: string;
		width?: number;
		height?: number;
	};
}

const FOLDER = resolve(__dirname, '../../examples');

/** A node on the canvas, with the name below it. */
const NODE = { width: 96, height: 150 };

/** How wide a letter and how high a line of a note is, about. */
const LETTER = 7;
const LINE = 19;

const examples = readdirSync(FOLDER)
	.filter((file) => file.endsWith('.json'))
	.map((file) => {
		const { nodes } = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as {
			nodes: ExampleNode[];
		};
		const notes = nodes.filter(({ type }) => type.endsWith('.stickyNote'));
		return { file, notes, nodes: nodes.filter((node) => !notes.includes(node)) };
	});

interface Box {
	x: number;
	y: number;
	width: number;
	height: number;
}

function boxOf({ position: [x, y], parameters, type }: ExampleNode): Box {
	const size = type.endsWith('.stickyNote') ? parameters : NODE;
	return { x, y, width: size.width ?? 240, height: size.height ?? 160 };
}

function overlap(a: Box, b: Box): boolean {
	const isBeside = a.x + a.width <= b.x || b.x + b.width <= a.x;
	return !isBeside && a.y + a.height > b.y && b.y + b.height > a.y;
}

/** How high the text of a note is, about. */
function textHeight({ content = '', width = 240 }: ExampleNode['parameters']): number {
	const lines = content.split('\n').filter((line) => line !== '');
	const heights = lines.map((line) => {
		if (line.startsWith('#')) return 2 * LINE;
		const letters = line.replace(/[*`]/g, '').length;
		return Math.ceil((letters * LETTER) / (width - 32)) * LINE;
	});
	const gaps = 8 * content.split('\n\n').length + 16;
	return heights.reduce((sum, height) => sum + height, gaps);
}

/** The version that each of our nodes has which is added now, by the node's type. */
const newest = new Map<string, number>();

beforeAll(async () => {
	for (const path of packageJson.n8n.nodes) {
		const name = basename(path, '.node.js');
		const loaded = (await import(resolve(__dirname, `../../nodes/${name}/${name}.node`))) as Record<
			string,
			new () => INodeType
		>;
		const { description } = new loaded[name]!();
		const version = description.defaultVersion ?? Math.max(...[description.version].flat());
		newest.set(`${packageJson.name}.${description.name}`, version);
	}
});

describe.each(examples)('examples/$file', ({ notes, nodes }) => {
	test('has the newest version of each Extend node', () => {
		const extendNodes = nodes.filter(({ type }) => type.startsWith(`${packageJson.name}.`));
		expect(extendNodes.map(({ name, typeVersion }) => [name, typeVersion])).toEqual(
			extendNodes.map(({ name, type }) => [name, newest.get(type.replace(/Tool$/, ''))]),
		);
	});

	test('has notes that touch nothing, and are as high as their text', () => {
		expect(notes.length).toBeGreaterThan(0);
		for (const note of notes) {
			const others = [...nodes, ...notes].filter((node) => node !== note);
			const touched = others.filter((node) => overlap(boxOf(note), boxOf(node)));
			expect(touched.map(({ name }) => name)).toEqual([]);
			const needed = textHeight(note.parameters);
			expect(note.parameters.height).toBeGreaterThanOrEqual(needed);
			expect(note.parameters.height).toBeLessThanOrEqual(needed * 1.3);
		}
	});
});
