/**
 * A CommonJS file, seen from an `import`: an ES module that requires the file and hands on its exports. If the hook gave the
 * CommonJS source itself, Node before 24 would run it with a second kind of `require`, which knows neither require.cache nor hooks.
 */
export function commonJsFacade(code: string): string {
  const names = new Set(
    Array.from(code.matchAll(/(?<![\w$.])exports\.([A-Za-z_$][\w$]*)\s*=/g), match => match[1] ?? ''),
  )
  names.delete('default')
  const exported = [...names].map((name, i) => `const e${i} = m[${JSON.stringify(name)}]; export { e${i} as ${name} };`)
  return [
    "import { createRequire } from 'node:module'; import { fileURLToPath } from 'node:url';",
    'const m = createRequire(import.meta.url)(fileURLToPath(import.meta.url)); export default m;',
    ...exported,
  ].join('')
}
