/** What must not be seen in anything that Extend or the network says. */
export class Secrets {
	private readonly texts = new Set<string>();

	/** From now on, this text is blotted out. */
	keep(secret: unknown): void {
		if (typeof secret === 'string' && secret.trim() !== '') {
			this.texts.add(secret);
			this.texts.add(secret.trim());
		} else if (typeof secret === 'number') {
			this.texts.add(String(secret));
		}
	}

	/** The text without the secrets. */
	blotOut(text: string): string {
		let clean = text;
		for (const secret of this.texts) clean = clean.replaceAll(secret, '***');
		return clean;
	}
}
