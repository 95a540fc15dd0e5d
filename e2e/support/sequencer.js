import TestSequencer from '@jest/test-sequencer';

/** The files that take longest. On a new machine Jest has no durations, and would begin with the largest files. */
const LONGEST = ['faults.test.ts', 'pages.test.ts', 'api.test.ts', 'buying-and-selling.test.ts'];

const rank = ({ path }) => {
  const index = LONGEST.findIndex((name) => path.endsWith(`/${name}`));
  return index === -1 ? LONGEST.length : index;
};

/** Begins with the files that take longest, so that none of them runs alone at the end. The others follow as Jest orders them. */
export default class extends TestSequencer {
  async sort(tests) {
    const sorted = await super.sort(tests);
    return sorted.toSorted((one, other) => rank(one) - rank(other));
  }
}
