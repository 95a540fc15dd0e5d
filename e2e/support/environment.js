import { TestEnvironment } from 'jest-environment-node';

const signals = ['SIGINT', 'SIGTERM'];
const exit = () => process.exit(1);

/**
 * Node for tests that start programs. The `process` that tests see is a copy, which is never told of the end of the real one:
 * what they have started would go on running when they are interrupted.
 */
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    const { process: copy } = this.global;
    this.tell = (code) => copy.emit('exit', code);
    process.on('exit', this.tell);
    // Without a listener a signal ends the process without the event.
    for (const signal of signals) process.on(signal, exit);
  }

  async teardown() {
    process.off('exit', this.tell);
    for (const signal of signals) process.off(signal, exit);
    await super.teardown();
  }
}
