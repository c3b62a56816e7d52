/**
 * Runs after tsc and puts beside the compiled code what tsc leaves out:
 * icons, codex files (`*.node.json`) and output previews (`__schema__`).
 */
const { dest, parallel, src } = require('gulp');

const icons = () => src('icons/*.svg', { encoding: false }).pipe(dest('dist/icons'));

const descriptions = () =>
	src(['nodes/**/*.node.json', 'nodes/**/__schema__/**/*.json'], { encoding: false }).pipe(
		dest('dist/nodes'),
	);

exports.build = parallel(icons, descriptions);
