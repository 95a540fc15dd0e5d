/** Writes the log lines of logging.test.ts in its own process, because pino writes to the standard output of the process. */
import { createLogger, startTracing, traced, withRequestId } from '../src/index.ts';

const log = createLogger('things', 'info');
log.debug('not shown');
log.info({ port: 3000 }, 'listening');
withRequestId('request-1', () => {
  log.warn({ err: new TypeError('broken') }, 'in a request');
});
const secrets = {
  ...{ password: 'S3CRET', passwordHash: 'S3CRET', cookie: 'S3CRET', authorization: 'S3CRET', jwt: 'S3CRET' },
  ...{ token: 'S3CRET', secretKey: 'S3CRET', sessionKeys: ['S3CRET'], paymentMethod: 'S3CRET' },
  ...{ 'set-cookie': ['S3CRET'], SESSION_KEYS: ['S3CRET'], STRIPE_SECRET_KEY: 'S3CRET' },
};
log.info({ ...secrets, email: 'shown' }, 'at the top');
log.info({ body: { ...secrets, email: 'shown' }, headers: secrets }, 'one level down');
const rejected = Object.assign(new Error('WRONGPASS invalid'), {
  ...{ name: 'ReplyError', command: { name: 'auth', args: ['user', 'S3CRET'] } },
});
log.error({ err: rejected }, 'an error of a driver');
log.error(new Error('nats://user:S3CRET@bus', { cause: rejected }));

const stopTracing = await startTracing('things', {
  OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
  ...{ OTEL_TRACES_SAMPLER: 'always_off', OTEL_TRACES_SAMPLER_ARG: 1 },
});
await traced('work', { parent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00` }, () => {
  log.info('in a trace');
  return Promise.resolve();
});
await stopTracing();
