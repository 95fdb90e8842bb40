// PATH_INFO: percent-decoded exactly once (decoding twice is how `%252e` becomes a way out of a directory), to bytes.

/**
 * `path` decoded to a byte string: one character per byte. Broken escapes stay as they are, as URI::Escape leaves
 * them for Plack's servers; the server has refused %00.
 */
export function decodedPath(path: string): string {
  return path.includes('%') ? path.replace(/%[0-9A-Fa-f]{2}/g, byteOfEscape) : path
}

function byteOfEscape(triplet: string): string {
  return String.fromCharCode(Number.parseInt(triplet.slice(1), 16))
}
