import path from 'node:path';
import type { NextConfig } from 'next';

const config: NextConfig = {
  reactStrictMode: true,
  // A build is written beside .next and renamed when it is complete (scripts/stack/build.ts).
  distDir: process.env['NEXT_DIST_DIR'] ?? '.next',
  // The image contains only what runs (infra/docker/client.Dockerfile).
  ...(process.env['NEXT_OUTPUT'] === 'standalone' && { output: 'standalone' as const }),
  poweredByHeader: false,
  // The title is in the first HTML for every visitor: streamed in later, a page would have no title for a moment.
  htmlLimitedBots: /.*/,
  // Otherwise proxy.ts sees 127.0.0.1 as localhost, and rewriting a page to set its status would count as a request to another host.
  skipProxyUrlNormalize: true,
  // Symbolic links into the workspace, such as those of node_modules, resolve from here.
  turbopack: { root: path.join(import.meta.dirname, '..') },
  outputFileTracingRoot: path.join(import.meta.dirname, '..'),
  // `make check` runs the type checker for the whole workspace, once.
  typescript: { ignoreBuildErrors: true },
  // In a cluster the development server would log mostly probes.
  ...(process.env.NODE_ENV === 'development' && { logging: { incomingRequests: { ignore: [/^\/health\//] } } }),
  // The router in front forwards pages unchanged.
  compress: true,
  sassOptions: {
    // Files from a load path are dependencies: Bootstrap's own deprecations are hidden, ours are shown.
    loadPaths: [path.join(import.meta.dirname, 'src/styles/vendor')],
    quietDeps: true,
  },
  rewrites: () => Promise.resolve([{ source: '/favicon.ico', destination: '/apple-icon' }]),
  headers: () =>
    Promise.resolve([
      {
        source: '/:path*',
        headers: [
          // Browsers heed it over HTTPS only.
          { key: 'Strict-Transport-Security', value: 'max-age=31536000; includeSubDomains' },
          { key: 'X-Content-Type-Options', value: 'nosniff' },
          { key: 'Referrer-Policy', value: 'same-origin' },
          { key: 'X-Frame-Options', value: 'DENY' },
          { key: 'Permissions-Policy', value: 'camera=(), geolocation=(), microphone=()' },
          { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
        ],
      },
    ]),
  experimental: {
    serverActions: { bodySizeLimit: '64kb' },
  },
};

export default config;
