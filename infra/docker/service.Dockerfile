# The five services and the sandbox: docker build -f infra/docker/service.Dockerfile --build-arg SERVICE=orders .
# It needs no BuildKit; a builder without it runs the stages in order, so `dev` comes first.

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

# The dependencies of all services, the sandbox and the router: one layer, which their images share, so that it is installed,
# stored and pulled once. No install scripts: native modules come as prebuilt packages for the platform of the image.
FROM manifests AS dependencies
RUN npm ci --omit=dev --ignore-scripts --include-workspace-root=false \
  --workspace auth --workspace tickets --workspace orders --workspace payments --workspace expiration --workspace sandbox --workspace infra \
 && rm -rf ~/.npm

# Runs the sources (Node strips the types; the condition "source" selects those of the shared packages) and restarts when one changes.
FROM dependencies AS dev
ARG SERVICE
# Skaffold overwrites files in place (TAR_OPTIONS), because `node --watch` loses sight of a replaced one; so they belong to
# the user that runs the service.
# An edit in a shared package restarts all services at once; the compile cache in /tmp makes that cheap.
ENV HOST=:: PORT=3000 ADMIN_HOST=:: ADMIN_PORT=9000 TAR_OPTIONS=--overwrite NODE_COMPILE_CACHE=/tmp/node-compile-cache
COPY --chown=1000:1000 runtime/src runtime/src
COPY --chown=1000:1000 common/src common/src
COPY --chown=1000:1000 core/src core/src
COPY --chown=1000:1000 ${SERVICE}/src ${SERVICE}/src
WORKDIR /app/${SERVICE}
USER 1000:1000
CMD ["node", "--enable-source-maps", "--conditions=source", "--watch", "--watch-preserve-output", "src/main.ts"]

# The same layers for every service, the router and the pages.
FROM manifests AS workspace
RUN npm ci --ignore-scripts \
 && rm -rf ~/.npm
COPY tsconfig.base.json ./

FROM workspace AS build
COPY runtime/tsconfig.json runtime/
COPY runtime/src runtime/src
COPY common/tsconfig.json common/
COPY common/src common/src
COPY core/tsconfig.json core/
COPY core/src core/src
RUN node_modules/.bin/tsc -b core
ARG SERVICE
COPY ${SERVICE}/tsconfig.json ${SERVICE}/
COPY ${SERVICE}/src ${SERVICE}/src
RUN node_modules/.bin/tsc -b "$SERVICE"

FROM node:24-bookworm-slim
# `::` is every address of both families.
ENV NODE_ENV=production HOST=:: PORT=3000 ADMIN_HOST=:: ADMIN_PORT=9000
COPY --from=dependencies /app /app
COPY --from=build /app/runtime/dist /app/runtime/dist
COPY --from=build /app/common/dist /app/common/dist
COPY --from=build /app/core/dist /app/core/dist
ARG SERVICE
COPY --from=build /app/${SERVICE}/dist /app/${SERVICE}/dist
WORKDIR /app/${SERVICE}
USER 1000:1000
EXPOSE 3000 9000
# --optimize-for-size: a third of the memory under load for half as much time again; the local stack chooses otherwise.
CMD ["node", "--enable-source-maps", "--optimize-for-size", "dist/main.js"]
