// What the hooks know in the thread that they run in: the -I directories, modules that exist only as text, and what was loaded.

export interface Registry {
  readonly include: Set<string>
  /** Source text of modules without a file, by URL. */
  readonly texts: Map<string, string>
  /** Files that were loaded, as paths; those of installed packages left out. */
  readonly files: Set<string>
}

/** What the loading thread tells the hooks' thread, where there are two. */
export type Notice = { readonly include: string } | { readonly url: string; readonly text: string }

export function createRegistry(): Registry {
  return { include: new Set(), texts: new Map(), files: new Set() }
}

export function takeNotice(registry: Registry, notice: Notice): void {
  if ('include' in notice) registry.include.add(notice.include)
  else registry.texts.set(notice.url, notice.text)
}
