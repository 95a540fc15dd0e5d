import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import tls from 'node:tls';

/** Creates a self-signed certificate for these names in a temporary folder. */
export function makeCertificate(names = 'IP:127.0.0.1,DNS:localhost') {
  const folder = mkdtempSync(path.join(tmpdir(), 'certificate-'));
  const [key, cert] = [path.join(folder, 'key.pem'), path.join(folder, 'cert.pem')];
  execFileSync(
    'openssl',
    [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-keyout', key, '-out', cert, '-subj', '/CN=localhost'],
      ...['-addext', `subjectAltName=${names}`],
    ],
    { stdio: 'ignore' },
  );
  return {
    key,
    cert,
    remove() {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Trusts a certificate in this process, as NODE_EXTRA_CA_CERTS does. Returns a function that ends that. */
export function trustCertificate(file: string): () => void {
  const before = tls.getCACertificates('default');
  tls.setDefaultCACertificates([...before, readFileSync(file, 'utf8')]);
  return () => {
    tls.setDefaultCACertificates(before);
  };
}
