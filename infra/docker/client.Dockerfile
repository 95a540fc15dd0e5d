# The pages: docker build -f infra/docker/client.Dockerfile .

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

# Only what the pages are made from, and the compiler that Next asks for.
FROM manifests AS dependencies
RUN npm ci --ignore-scripts --workspace client --include-workspace-root=false \
 && rm -rf ~/.npm
COPY --from=workspace /app/node_modules/typescript node_modules/typescript
COPY --from=workspace /app/node_modules/@types/node node_modules/@types/node

FROM dependencies AS dev
ENV HOSTNAME=0.0.0.0 PORT=3000 NEXT_TELEMETRY_DISABLED=1
COPY tsconfig.base.json ./
COPY client/tsconfig.json client/next.config.ts client/globals.d.ts client/
# Owned by who runs it, for what is edited is copied in, and Next writes next-env.d.ts.
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
ENV NODE_ENV=production HOSTNAME=0.0.0.0 PORT=3000 NEXT_TELEMETRY_DISABLED=1
WORKDIR /app
COPY --from=build /app/client/.next/standalone ./
COPY --from=build /app/client/.next/static client/.next/static
USER 1000:1000
EXPOSE 3000
CMD ["node", "client/server.js"]
