/** The parts of a server URL, with user and password decoded; `path` is empty when there is none. */
export interface ServerUrl {
  protocol: string;
  host: string;
  port: number;
  user: string;
  password: string;
  path: string;
}

/** Parses a server URL. Returns undefined when it is malformed, or has a query or a fragment, which no client here supports. */
export function parseServerUrl(text: string, protocols: string[], defaultPort: number): ServerUrl | undefined {
  const url = URL.parse(text);
  if (!url || !protocols.includes(url.protocol) || !/^([\w.-]+|\[[\da-f:.]+\])$/i.test(url.hostname)) return undefined;
  if (url.search !== '' || url.hash !== '' || url.port === '0') return undefined;
  try {
    return {
      protocol: url.protocol,
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? defaultPort : Number(url.port),
      user: decodeURIComponent(url.username),
      password: decodeURIComponent(url.password),
      path: url.pathname.replace(/^\/$/, ''),
    };
  } catch {
    // Malformed percent-encoding.
    return undefined;
  }
}

/** A NATS server and its login: user and password, or a token. */
export interface NatsServer {
  host: string;
  port: number;
  tls: boolean;
  login: { user: string; pass: string } | { token: string } | undefined;
}

/** Parses a list of NATS servers such as `nats://user:password@a:4222,nats://user:password@b`. Returns undefined when one is malformed or unsupported. */
export function parseNatsUrls(text: string): NatsServer[] | undefined {
  const servers = text.split(',').map((one) => natsServer(one.trim()));
  return servers.every((server) => server !== undefined) ? servers : undefined;
}

function natsServer(text: string): NatsServer | undefined {
  const url = parseServerUrl(text, ['nats:', 'tls:'], 4222);
  // The NATS Streaming client would resolve an IPv6 address as a host name.
  if (url?.path !== '' || url.host.includes(':')) return undefined;
  const { host, port, protocol, user, password } = url;
  if (user === '' && password !== '') return undefined;
  const login = user === '' ? undefined : password === '' ? { token: user } : { user, pass: password };
  return { host, port, tls: protocol === 'tls:', login };
}
