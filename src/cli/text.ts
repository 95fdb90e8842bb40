// Plain text in columns: paragraphs of the option table, wrapped for a terminal.

/** Lines of at most `width` characters. A word that is longer stands alone. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  for (const word of text.trim().split(/\s+/)) {
    const last = lines.at(-1)
    if (last === undefined || last.length + 1 + word.length > width) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

/** The paragraphs of a description, each on one line. */
export function paragraphs(text: string): string[] {
  return text.split(/\n[ \t]*\n/).map(paragraph => paragraph.trim().replace(/\s+/g, ' '))
}
