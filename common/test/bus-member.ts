/** A process on the bus that prints a line for each message, acknowledges it, and runs until it is killed. */
import { connectBus, createLogger } from '../src/index.ts';

const [NATS_URL = '', NATS_CLUSTER_ID = '', INSTANCE = '', subject = '', group = ''] = process.argv.slice(2);
const bus = connectBus({ NATS_URL, NATS_CLUSTER_ID, INSTANCE }, createLogger('member', 'silent'));
bus.subscribe(subject, group, (message) => {
  process.stdout.write(`${message.raw.toString()}\n`);
  message.ack();
});
