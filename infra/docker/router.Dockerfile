# The router, and (target `demo`) the program that fills an empty marketplace. Neither has dependencies.

FROM node:24-bookworm-slim AS manifests
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY common/package.json common/
COPY auth/package.json auth/
COPY tickets/package.json tickets/
COPY orders/package.json orders/
COPY payments/package.json payments/
COPY expiration/package.json expiration/
COPY sandbox/package.json sandbox/
COPY client/package.json client/

FROM manifests AS workspace
RUN npm ci --ignore-scripts \
 && rm -rf ~/.npm
COPY tsconfig.base.json ./

FROM workspace AS build
COPY infra/tsconfig.json infra/
COPY infra/local/router infra/local/router
RUN node_modules/.bin/tsc -b infra

FROM node:24-bookworm-slim AS router
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000
WORKDIR /app
COPY package.json ./
COPY --from=build /app/infra/dist ./dist
USER 1000:1000
EXPOSE 3000
CMD ["node", "--enable-source-maps", "--optimize-for-size", "dist/main.js"]

FROM node:24-bookworm-slim AS demo
WORKDIR /app
COPY package.json ./
COPY scripts/stack/demo-data.ts scripts/stack/
COPY infra/docker/fill.ts infra/docker/
USER 1000:1000
CMD ["node", "infra/docker/fill.ts"]
