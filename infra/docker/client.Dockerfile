# The pages: docker build -f infra/docker/client.Dockerfile .

FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY runtime/package.json runtime/
COPY common/package.json common/
COPY core/package.json core/
COPY auth/package.json auth/
COPY tickets/package.json tickets/
COPY orders/package.json orders/
COPY payments/package.json payments/
COPY expiration/package.json expiration/
COPY sandbox/package.json sandbox/
COPY client/package.json client/
COPY infra/package.json infra/

FROM manifests AS workspace
RUN npm ci --ignore-scripts \
 && rm -rf ~/.npm
COPY tsconfig.base.json ./

# The settings loader and the HTTP server that every process shares, and the shapes of the API.
FROM workspace AS shared
COPY runtime/tsconfig.json runtime/
COPY runtime/src runtime/src
COPY common/tsconfig.json common/
COPY common/src common/src
RUN node_modules/.bin/tsc -b common

# Only the dependencies of the pages, and the compiler that Next asks for.
FROM manifests AS dependencies
RUN npm ci --ignore-scripts --workspace client --include-workspace-root=false \
 && rm -rf ~/.npm
COPY --from=workspace /app/node_modules/typescript node_modules/typescript
COPY --from=workspace /app/node_modules/@types/node node_modules/@types/node

FROM dependencies AS dev
ENV PORT=3000 NEXT_TELEMETRY_DISABLED=1
COPY tsconfig.base.json ./
COPY client/tsconfig.json client/next.config.ts client/globals.d.ts client/
COPY --from=shared /app/runtime/dist runtime/dist
COPY --from=shared /app/common/dist common/dist
# Owned by the user that runs it: skaffold copies edits in, and Next writes next-env.d.ts.
COPY --chown=1000:1000 client/src client/src
RUN chown 1000:1000 client
WORKDIR /app/client
USER 1000:1000
CMD ["node", "../node_modules/next/dist/bin/next", "dev"]

FROM dev AS build
USER root
ENV NODE_ENV=production NEXT_OUTPUT=standalone
RUN node ../node_modules/next/dist/bin/next build

FROM node:24-bookworm-slim
ENV NODE_ENV=production HOST=:: PORT=3000 ADMIN_HOST=:: ADMIN_PORT=9000 NEXT_TELEMETRY_DISABLED=1
WORKDIR /app
COPY --from=build /app/client/.next/standalone ./
COPY --from=build /app/client/.next/static client/.next/static
# What the page server needs beside Next.
COPY --from=workspace /app/node_modules/@opentelemetry node_modules/@opentelemetry
COPY --from=workspace /app/node_modules/bintrees node_modules/bintrees
COPY --from=workspace /app/node_modules/lru-cache node_modules/lru-cache
COPY --from=workspace /app/node_modules/prom-client node_modules/prom-client
COPY --from=workspace /app/node_modules/tdigest node_modules/tdigest
COPY --from=workspace /app/node_modules/zod node_modules/zod
COPY --from=shared /app/runtime/dist runtime/dist
COPY runtime/package.json runtime/
COPY client/server.ts client/admission.ts client/page-routes.ts client/settings.ts client/shared-pages.ts client/page-template.ts client/in-process.ts client/current-user.ts client/
COPY client/src/lib/config.ts client/src/lib/formats.ts client/src/lib/holding-cookie.ts client/src/lib/memo.ts client/src/lib/session-cookie.ts client/src/lib/
RUN mkdir -p node_modules/@ticketing && ln -s ../../runtime node_modules/@ticketing/runtime
USER 1000:1000
EXPOSE 3000 9000
CMD ["node", "client/server.ts"]
