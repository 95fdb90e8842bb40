// A certificate of the benchmark's own, with the kind of key that most sites have.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Files of key and certificate, made at the first use. */
export function certificate() {
  const folder = fileURLToPath(new URL('results/', import.meta.url))
  const [keyFile, certFile] = [`${folder}tls.key`, `${folder}tls.crt`]
  if (!existsSync(certFile)) {
    mkdirSync(folder, { recursive: true })
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile]
    const rest = ['-days', '365', '-subj', '/CN=localhost', '-out', certFile]
    execFileSync('openssl', ['req', '-x509', ...key, ...rest], { stdio: 'ignore' })
  }
  return { keyFile, certFile }
}
