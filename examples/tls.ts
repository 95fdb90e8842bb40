// TLS belongs to the command line; the application only sees that it is there. A pair for this machine, good for a week:
//
//   openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 7 -keyout key.pem -out cert.pem \
//     -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1
//   npx starlight --ssl=1 --ssl-key-file=key.pem --ssl-cert-file=cert.pem examples/tls.ts
//   curl --cacert cert.pem https://localhost:5000/
import type { PsgiApp } from 'starlight-server'

const app: PsgiApp = env => {
  const isEncrypted = env['psgi.url_scheme'] === 'https'
  const text = isEncrypted ? 'Nobody on the way can read this\n' : 'Everybody on the way can read this\n'
  return [200, ['Content-Type', 'text/plain'], [text]]
}

export default app
