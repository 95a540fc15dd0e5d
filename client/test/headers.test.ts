import { describe, expect, it } from '@jest/globals';
import config from '../next.config.ts';

describe('every page', () => {
  it('tells browsers to come back over HTTPS only, for a year', async () => {
    const [all] = (await config.headers?.()) ?? [];
    expect(all?.source).toBe('/:path*');
    expect(all?.headers.map(({ key, value }) => `${key}: ${value}`)).toContain(
      'Strict-Transport-Security: max-age=31536000; includeSubDomains',
    );
  });
});
