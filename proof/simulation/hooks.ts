import { registerHooks } from 'node:module';

/** Bull needs a Redis: in the simulation another takes its place, so that the timers themselves run as they are. */
registerHooks({
  resolve: (specifier, context, next) =>
    specifier === 'bull'
      ? { url: new URL('bull.ts', import.meta.url).href, shortCircuit: true }
      : next(specifier, context),
});
