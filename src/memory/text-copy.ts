// Text that is kept: a piece of a head holds the whole head for as long as the piece lives, and a text that was joined its parts.

/** The same text in memory of its own. Of latin1, as all that comes in heads. */
export function copyOfText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
