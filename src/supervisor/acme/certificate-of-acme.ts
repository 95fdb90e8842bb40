// What --acme means for a master: who looks after its certificate, and who reads it.
import { acmeChallenges, acmeDirectoryUrl, acmeNames } from '../../config/acme.ts'
import type { Config } from '../../config/config.ts'
import type { Log } from '../../log/log.ts'
import { type Certificates, type FileSource, OWN_EYES } from '../tls/certificates.ts'
import { Renewer } from './renewer.ts'
import { acmeFilesOf } from './storage.ts'

/** Undefined without --acme. `version`: of Starlight, which authorities are told (RFC 8555 6.1). */
export function renewerOf(config: Config, certificates: Certificates, log: Log, version: string): Renewer | undefined {
  const files = acmeFilesOf(config)
  if (files === undefined) return undefined
  const { acme, acmeDirectory, acmeEmail: email, acmeEabFile: eabFile } = config
  const url = acmeDirectoryUrl(acmeDirectory)
  const names = acmeNames(acme, 'acme')
  const authority = { url, email, eabFile, names, files, userAgent: `Starlight/${version}` }
  const challenges = acmeChallenges(config, config.listen)
  return new Renewer({ authority, challenges, log, onCertificate: () => certificates.renew() })
}

/**
 * Reads the file of --acme, which belongs to the user of the server, with the rights of that user, and the others by `readerFor`: a reader with
 * root's rights refuses what the user can change.
 */
export function sourceWithOwn(
  config: Config,
  certificates: Pick<Certificates, 'paths' | 'knownOf'>,
  readerFor: (paths: readonly string[]) => FileSource,
): FileSource {
  const own = acmeFilesOf(config)?.certificate
  const reader = readerFor(certificates.paths.filter(path => path !== own))
  if (own === undefined) return reader
  return {
    read: async () => {
      const [read, readOwn] = await Promise.all([reader.read(), OWN_EYES.read()])
      return { text: path => (path === own ? readOwn : read).text(path), names: read.names }
    },
    watch: (all, known, onChange) => {
      const watches = [reader.watch(all, known, onChange), OWN_EYES.watch([own], certificates.knownOf([own]), onChange)]
      return {
        close: () => {
          for (const watch of watches) watch.close()
        },
      }
    },
  }
}
