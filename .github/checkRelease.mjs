/**
 * Says whether a tag may be published: the version of package.json is that of the tag, the newest entry of the
 * changelog is for it and has a date, and the repository is a real one.
 *
 *   node .github/checkRelease.mjs v0.1.0
 */
import { readFileSync } from 'node:fs';

const [tag = ''] = process.argv.slice(2);
const read = (name) => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const { version, repository } = JSON.parse(read('package.json'));
const newest = /^## (.+)$/m.exec(read('CHANGELOG.md'))?.[1] ?? 'nothing';
const escaped = version.replaceAll('.', '\\.');

const complaints = [];
if (tag !== `v${version}`) {
	complaints.push(`The tag is ${tag || 'missing'}, but package.json has version ${version}.`);
}
if (!new RegExp(`^${escaped} \\(\\d{4}-\\d{2}-\\d{2}\\)$`).test(newest)) {
	complaints.push(`The changelog begins with “${newest}”, not with “${version} (its date)”.`);
}
const here = process.env.GITHUB_REPOSITORY;
if (here !== undefined && !repository.url.includes(`/${here}.git`)) {
	complaints.push(`package.json names the repository ${repository.url}, but this one is ${here}.`);
}
for (const complaint of complaints) console.error(complaint);
process.exitCode = complaints.length === 0 ? 0 : 1;
