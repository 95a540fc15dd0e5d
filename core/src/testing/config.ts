/** The URL of the tests' MongoDB, which Jest's global set-up provides. Throws when it is not set. */
export function testMongoUrl(): string {
  const url = process.env['TEST_MONGO_URL'];
  if (url === undefined)
    throw new Error('TEST_MONGO_URL is not set: run the tests through Jest with its global set-up');
  return url;
}
