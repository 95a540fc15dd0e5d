import http from 'node:http';
import net from 'node:net';

const CONNECT_MS = 5_000;

/** No connection could be established to a target, so it has received nothing of the request. */
export class UnreachableError extends Error {
  override name = 'UnreachableError';
}

/**
 * An agent that hands out only established connections. A request that gets none fails with an UnreachableError before
 * any of its body is read, and can still be sent to another target.
 */
export class ConnectedAgent extends http.Agent {
  override createConnection(
    options: http.ClientRequestArgs,
    callback: (error: Error | null, socket: net.Socket) => void = () => undefined,
  ): undefined {
    const socket = net.connect(options as net.TcpNetConnectOpts);
    const fail = (cause: Error) => {
      socket.destroy();
      callback(new UnreachableError(cause.message), socket);
    };
    const giveUp = () => {
      fail(new Error(`no connection within ${CONNECT_MS} ms`));
    };
    socket.setTimeout(CONNECT_MS, giveUp);
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.off('timeout', giveUp);
      socket.setTimeout(0);
      callback(null, socket);
    });
  }
}
