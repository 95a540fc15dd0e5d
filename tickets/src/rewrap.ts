/** Encrypts all data keys of deliveries by the first key of DELIVERY_KEYS, so that the others can be dropped. */
import { storeOptions } from '@ticketing/core/mongo';
import { createLogger } from '@ticketing/runtime';
import { createConnection } from 'mongoose';
import { readRewrapConfig } from './config.ts';
import { deliveryKeys } from './delivery/keys.ts';
import { mongoPayloads } from './delivery/mongo-payloads.ts';
import { openVault } from './delivery/vault.ts';

try {
  const config = readRewrapConfig();
  const log = createLogger('tickets', config.LOG_LEVEL);
  const connection = await createConnection(config.MONGO_URL, storeOptions).asPromise();
  const vault = await openVault(deliveryKeys(config.DELIVERY_KEYS), mongoPayloads(connection), log);
  const count = await vault.rewrap();
  log.info({ count }, 'rewrapped the data keys that another key had encrypted');
  await connection.close();
} catch (error) {
  process.stderr.write(`rewrap: ${(error as Error).message}\n`);
  process.exit(1);
}
