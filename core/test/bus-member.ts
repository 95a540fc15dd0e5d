/** A process on the bus that prints a line for each message, acknowledges it, and runs until it is killed. */
import { createLogger, loadConfig } from '@ticketing/runtime';
import { busSettings, connectBus } from '../src/index.ts';

const [subject = '', group = ''] = process.argv.slice(2);
const bus = connectBus(loadConfig(busSettings, process.env), createLogger('member', 'silent'));
bus.subscribe(subject, group, (message) => {
  process.stdout.write(`${message.raw.toString()}\n`);
  message.ack();
});
