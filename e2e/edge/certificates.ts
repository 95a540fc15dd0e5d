import { writeFileSync } from 'node:fs';
import path from 'node:path';
import type { SelfsignedOptions } from 'selfsigned';
import { generate } from 'selfsigned';

/** The files of a temporary authority and of a certificate for this machine that it has signed. */
export type Certificates = {
  /** The authority's certificate: what a client must trust. */
  ca: string;
  cert: string;
  key: string;
  /** Key and certificate in one file, as MongoDB wants them. */
  pem: string;
};

// Go refuses SHA-1, which is the default.
const kind: SelfsignedOptions = { keyType: 'ec', algorithm: 'sha256' };

/** Creates an authority and a certificate for localhost, 127.0.0.1 and ::1 in `folder`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const authority = await generate([{ name: 'commonName', value: 'Authority of one test run' }], {
    ...kind,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...kind,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          { type: 7, ip: '127.0.0.1' },
          { type: 7, ip: '::1' },
        ],
      },
    ],
  });
  const write = (name: string, text: string): string => {
    const file = path.join(folder, name);
    writeFileSync(file, text, { mode: 0o600 });
    return file;
  };
  return {
    ca: write('ca.pem', authority.cert),
    cert: write('server.pem', server.cert),
    key: write('server.key', server.private),
    pem: write('server-with-key.pem', `${server.private}\n${server.cert}\n`),
  };
}
