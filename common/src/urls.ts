/** A server by its URL, with user and password decoded; `path` is empty when there is none. */
export interface ServerUrl {
  protocol: string;
  host: string;
  port: number;
  user: string;
  password: string;
  path: string;
}

/** Takes a server's URL apart; undefined when it is malformed, or has a query or a fragment, which none of ours honours. */
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
    // A percent sign that encodes nothing.
    return undefined;
  }
}

/** A NATS server, with what its client takes to log in: user and password, or a token. */
export interface NatsServer {
  host: string;
  port: number;
  tls: boolean;
  login: { user: string; pass: string } | { token: string } | undefined;
}

/** Reads a list of NATS servers such as `nats://user:password@a:4222,nats://user:password@b`; undefined when one can't be honoured. */
export function parseNatsUrls(text: string): NatsServer[] | undefined {
  const servers = text.split(',').map((one) => natsServer(one.trim()));
  return servers.every((server) => server !== undefined) ? servers : undefined;
}

function natsServer(text: string): NatsServer | undefined {
  const url = parseServerUrl(text, ['nats:', 'tls:'], 4222);
  // The client of NATS Streaming looks an IPv6 address up as a name.
  if (url?.path !== '' || url.host.includes(':')) return undefined;
  const { host, port, protocol, user, password } = url;
  if (user === '' && password !== '') return undefined;
  const login = user === '' ? undefined : password === '' ? { token: user } : { user, pass: password };
  return { host, port, tls: protocol === 'tls:', login };
}
