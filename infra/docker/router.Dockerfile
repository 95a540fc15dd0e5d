# The router, (target `mail-catcher`) the program that keeps the mails of a test site, and (target `demo`) the one that fills an
# empty marketplace, which has no dependencies.

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

# The same layer as in service.Dockerfile.
FROM manifests AS dependencies
RUN npm ci --omit=dev --ignore-scripts --include-workspace-root=false \
  --workspace auth --workspace tickets --workspace orders --workspace payments --workspace expiration --workspace sandbox --workspace infra \
 && rm -rf ~/.npm

FROM manifests AS workspace
RUN npm ci --ignore-scripts \
 && rm -rf ~/.npm
COPY tsconfig.base.json ./

FROM workspace AS build
COPY runtime/tsconfig.json runtime/
COPY runtime/src runtime/src
RUN node_modules/.bin/tsc -b runtime
COPY infra/tsconfig.json infra/
COPY infra/local/router infra/local/router
COPY infra/local/mail-catcher infra/local/mail-catcher
RUN node_modules/.bin/tsc -b infra

FROM node:24-bookworm-slim AS router
ENV NODE_ENV=production HOST=:: PORT=3000 ADMIN_HOST=:: ADMIN_PORT=9000
WORKDIR /app
# Of the shared dependencies it needs these.
COPY --from=dependencies /app/node_modules/@opentelemetry node_modules/@opentelemetry
COPY --from=dependencies /app/node_modules/bintrees node_modules/bintrees
COPY --from=dependencies /app/node_modules/httpxy node_modules/httpxy
COPY --from=dependencies /app/node_modules/prom-client node_modules/prom-client
COPY --from=dependencies /app/node_modules/tdigest node_modules/tdigest
COPY --from=dependencies /app/node_modules/zod node_modules/zod
COPY --from=build /app/runtime/dist runtime/dist
COPY runtime/package.json runtime/
COPY --from=build /app/infra/dist infra/dist
COPY infra/package.json infra/
RUN mkdir -p node_modules/@ticketing && ln -s ../../runtime node_modules/@ticketing/runtime
USER 1000:1000
EXPOSE 3000 9000
CMD ["node", "--enable-source-maps", "--optimize-for-size", "infra/dist/router/main.js"]

FROM node:24-bookworm-slim AS mail-catcher
ENV NODE_ENV=production HOST=:: PORT=3000 SMTP_PORT=1025
COPY --from=dependencies /app /app
COPY --from=build /app/runtime/dist /app/runtime/dist
COPY --from=build /app/infra/dist /app/infra/dist
WORKDIR /app
USER 1000:1000
EXPOSE 1025 3000
CMD ["node", "--enable-source-maps", "--optimize-for-size", "infra/dist/mail-catcher/main.js"]

FROM node:24-bookworm-slim AS demo
WORKDIR /app
COPY package.json services.json ./
COPY scripts/services.ts scripts/
COPY scripts/stack/demo-data.ts scripts/stack/
COPY infra/docker/fill.ts infra/docker/
USER 1000:1000
CMD ["node", "infra/docker/fill.ts"]
