import { describe, expect, it } from '@jest/globals';
import { count } from './test.ts';

describe('count', () => {
  it('returns the numbers of the report', () => {
    expect(count('{"numPassedTests":7,"numFailedTests":2}', 1)).toEqual({ passed: 7, failed: 2 });
  });

  it('counts a suite that could not run as failed', () => {
    expect(count('{"numPassedTests":7,"numRuntimeErrorTestSuites":1}', 1)).toEqual({ passed: 7, failed: 1 });
  });

  it('counts a Jest that fails by itself, or leaves no report, as failed', () => {
    expect(count('{"numPassedTests":7}', 1)).toEqual({ passed: 7, failed: 1 });
    expect(count('{}', 2)).toEqual({ passed: 0, failed: 1 });
  });
});
