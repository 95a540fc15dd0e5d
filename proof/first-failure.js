import { TestEnvironment } from 'jest-environment-node';

/** A Node environment that skips the tests after the first that fails: one is enough to tell that something is wrong. */
export default class extends TestEnvironment {
  handleTestEvent(event) {
    if (event.name === 'test_fn_failure' || event.name === 'hook_failure') this.hasFailed = true;
    if (event.name === 'test_start' && this.hasFailed) event.test.mode = 'skip';
  }
}
