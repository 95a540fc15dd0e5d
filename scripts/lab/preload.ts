/**
 * Preloaded by the lab into the services' processes on this machine (`node --import preload.ts?folder=…`): their bus meets the
 * faults that are armed in that folder. No service imports it, and no image contains it.
 */
import { registerHooks } from 'node:module';

const folder = new URL(import.meta.url).searchParams.get('folder') ?? '';
const interference = new URL('faulty-bus.ts', import.meta.url).href;

registerHooks({
  load(url, context, nextLoad) {
    if (!url.endsWith('/dist/bus/connect.js')) return nextLoad(url, context);
    const real = JSON.stringify(`${url}?real`);
    return {
      format: 'module',
      shortCircuit: true,
      source: [
        `import { connectBus as connect } from ${real};`,
        `import { interfere } from ${JSON.stringify(interference)};`,
        `export * from ${real};`,
        `export const connectBus = (options, log) => interfere(connect(options, log), ${JSON.stringify(folder)}, options, log);`,
      ].join('\n'),
    };
  },
});
