import { registerHooks } from 'node:module';

/** Replaces the module `bull`, which needs a Redis, so that the timers of expiration run unchanged. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'bull'
      ? { url: new URL('bull.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
