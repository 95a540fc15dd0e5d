import { finished } from 'node:stream';
import { badRequest, unsupportedMediaType } from '@ticketing/common';
import busboy from 'busboy';
import type { Request } from 'express';
import type { Upload } from './vault.ts';

const invalid = (message: string) => badRequest('invalid-multipart', message, { field: 'file' });
const malformed = () => invalid('The body is not valid multipart/form-data.');

/**
 * Reads a multipart body with exactly one part, a file in the part `name`, and passes it to `save` as it arrives. Throws what `save`
 * throws, a 400 for any other body, and a 415 for another content type. What it throws may come after `save` has resolved.
 */
export async function readFile<T>(req: Request, name: string, save: (upload: Upload) => Promise<T>): Promise<T> {
  if (!req.is('multipart/form-data'))
    throw unsupportedMediaType('unsupported-media-type', 'Send the file as multipart/form-data.', { field: 'body' });
  const parser = parserOf(req);
  let saved: Promise<T> | undefined;

  const read = new Promise<void>((resolve, reject) => {
    const refuse = () => {
      reject(invalid(`Send exactly one part, the file, with the name ${name}.`));
    };
    parser.on('file', (partName, stream, { filename }) => {
      // An error of the stream is thrown to its reader; it also occurs when there is none any more.
      stream.on('error', () => undefined);
      if (partName !== name) {
        stream.resume();
        refuse();
        return;
      }
      saved = save({ name: filename ?? '', bytes: wellFormed(stream) });
      saved.catch(reject);
    });
    for (const event of ['field', 'filesLimit', 'fieldsLimit', 'partsLimit'] as const) parser.on(event, refuse);
    parser.on('error', () => {
      reject(malformed());
    });
    parser.on('close', resolve);
    // A client that disconnects, or has done so already, ends neither the request nor the parser.
    finished(req, { writable: false }, (error) => {
      if (error) reject(malformed());
    });
  });
  req.pipe(parser);
  try {
    await read;
    if (saved === undefined) throw invalid(`The part ${name} is missing.`);
    return await saved;
  } catch (error) {
    req.unpipe(parser);
    parser.destroy();
    // The rest is read and dropped, so that the client sees the answer.
    req.resume();
    await saved?.catch(() => undefined);
    throw error;
  }
}

function parserOf(req: Request): busboy.Busboy {
  try {
    return busboy({
      headers: req.headers,
      defParamCharset: 'utf8',
      // The end counts as a part.
      limits: { files: 1, fields: 0, parts: 2, headerPairs: 20 },
    });
  } catch {
    throw malformed();
  }
}

/** The chunks of a part, with a 400 in place of the errors of the parser. */
async function* wellFormed(stream: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* stream;
  } catch {
    throw malformed();
  }
}
