import { TestEnvironment } from 'jest-environment-node';

const signals = ['SIGINT', 'SIGTERM'];
const exit = () => process.exit(1);

/**
 * A Node environment for tests that start programs. The `process` of tests is a copy without the real one's `exit` event,
 * so programs that they start would go on running when they are interrupted.
 */
export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    const { process: copy } = this.global;
    this.forward = (code) => copy.emit('exit', code);
    process.on('exit', this.forward);
    // Without a listener a signal ends the process without the event.
    for (const signal of signals) process.on(signal, exit);
  }

  async teardown() {
    process.off('exit', this.forward);
    for (const signal of signals) process.off(signal, exit);
    await super.teardown();
  }
}
