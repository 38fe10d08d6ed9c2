/**
 * Connections through a proxy: CONNECT (for http:// hosts too), then TLS with the host itself. Distinguishes
 * what the proxy did from what the host did; the library does not: it passes a rejection by the proxy on as if it were
 * the host's response.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type http from "node:http";
import type { Socket } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { ForwardProxy } from "../../core/proxies.ts";
import { proxyFailure, type TransportFailure } from "./transport-failure.ts";

/** The part of a request that concerns the proxy. */
export interface Passage {
  /** Aborts a tunnel that the proxy has not opened yet. */
  readonly signal: AbortSignal;
  /** Set while a tunnel is being requested: nothing of the request has been sent. */
  asking: ForwardProxy | undefined;
  /** The client keeps only the code of an error, so the failure itself is stored here. */
  failure: TransportFailure | undefined;
}

export interface Tunnels {
  agentFor(proxy: ForwardProxy): Promise<http.Agent>;
  /** Sends the request of this passage. */
  within<T>(passage: Passage, send: () => Promise<T>): Promise<T>;
  close(): void;
}

export function createTunnels(options: http.AgentOptions): Tunnels {
  const current = new AsyncLocalStorage<Passage>();
  const agents = new Map<string, Promise<http.Agent>>();

  // An ES module, and only needed behind a proxy.
  async function createAgent(proxy: ForwardProxy): Promise<http.Agent> {
    const { HttpsProxyAgent } = await import("https-proxy-agent");
    type ConnectOptions = Parameters<InstanceType<typeof HttpsProxyAgent>["connect"]>[1];
    // In a header and not in the URL: the library writes URLs to its debug log.
    const headers = proxy.authorization === undefined ? {} : { "Proxy-Authorization": proxy.authorization };

    class Tunnel extends HttpsProxyAgent<string> {
      constructor() {
        super(proxy.url, options);
        // The library drops these options, and with them the timeout of idle connections.
        this.options = { ...options, path: undefined } as typeof this.options;
      }

      override async connect(request: http.ClientRequest, wanted: ConnectOptions): Promise<Socket> {
        const passage = current.getStore();
        const dialing = new AbortController();
        const giveUp = () => dialing.abort();
        let status = 0;
        request.once("proxyConnect", (answer: { readonly statusCode: number }) => {
          status = answer.statusCode;
        });
        if (passage !== undefined) passage.asking = proxy;
        passage?.signal.addEventListener("abort", giveUp, { once: true });
        try {
          // A separate agent per connection, so that aborting one request closes no other.
          const once = new HttpsProxyAgent(proxy.url, { keepAlive: true, headers, signal: dialing.signal });
          // Without it, a host that is an IP address would be compared with the name of the proxy.
          const socket = await once.connect(request, {
            checkServerIdentity: (_name: string, shown: Parameters<typeof checkServerIdentity>[1]) =>
              checkServerIdentity(wanted.host ?? "", shown),
            ...wanted,
          } as ConnectOptions);
          if (status === 200) {
            if (passage !== undefined) passage.asking = undefined;
            return socket;
          }
          socket.destroy();
          throw new Error(`status ${status}`);
        } catch (thrown) {
          const target = `${wanted.host}:${wanted.port}`;
          if (passage !== undefined) passage.failure = proxyFailure(thrown, { proxy, target, status });
          throw thrown;
        } finally {
          passage?.signal.removeEventListener("abort", giveUp);
        }
      }
    }
    return new Tunnel();
  }

  return {
    agentFor(proxy) {
      const agent = agents.get(proxy.variable) ?? createAgent(proxy);
      agents.set(proxy.variable, agent);
      return agent;
    },
    within: (passage, send) => current.run(passage, send),
    close() {
      for (const agent of agents.values()) void agent.then((one) => one.destroy());
      // Left enabled, it slows down every promise of the process.
      current.disable();
    },
  };
}
