// The control channel has lines. A text of several comes in one, with %XX for what would break it.

export function escapedLine(text: string): string {
  return text.replace(/[\0-\x1f%\x7f]/g, character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`)
}

export function unescapedLine(line: string): string {
  return line.replace(/%([0-9a-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** That requests are answered from now on, and why this process ends: what is not the zygote's alone to hear. */
export const SERVING_LINE = 'serving'
export function reasonLine(text: string): string {
  return `reason ${escapedLine(text)}`
}
