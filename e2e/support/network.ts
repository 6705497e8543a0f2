// A TCP proxy that behaves like a bad network: it cuts, stalls and slows connections.

import { once } from "node:events";
import { type AddressInfo, createServer, connect as dial, type Server as Listener, type Socket } from "node:net";

interface Pair {
	client: Socket;
	upstream: Socket;
}

export class Network {
	/** The port that connections go on to. May change, as when the server was started again. */
	target: number;
	/** How many connections have come so far. */
	accepted = 0;
	/** How many bytes went from the server to the clients so far. */
	delivered = 0;
	readonly #listener: Listener;
	readonly #pairs = new Set<Pair>();
	#stalled = false;
	#bytesPerSecond = Number.POSITIVE_INFINITY;

	private constructor(target: number) {
		this.target = target;
		this.#listener = createServer((client) => this.#accept(client));
	}

	static async start(target: number): Promise<Network> {
		const network = new Network(target);
		network.#listener.listen(0, "127.0.0.1");
		await once(network.#listener, "listening");
		return network;
	}

	get port(): number {
		return (this.#listener.address() as AddressInfo).port;
	}

	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	get endpoint(): string {
		return `ws://127.0.0.1:${this.port}/socket`;
	}

	/** Resets every connection, as when a train enters a tunnel and the router forgets. */
	cut(): void {
		for (const { client, upstream } of this.#pairs) {
			client.resetAndDestroy();
			upstream.resetAndDestroy();
		}
		this.#pairs.clear();
	}

	/** Lets nothing more through to the clients, while connections stay open. */
	stall(): void {
		this.#stalled = true;
		for (const { upstream } of this.#pairs) {
			upstream.pause();
		}
	}

	/** Ends a stall. */
	flow(): void {
		this.#stalled = false;
		for (const { upstream } of this.#pairs) {
			upstream.resume();
		}
	}

	/** Bounds what each connection carries to its client. */
	slow(bytesPerSecond: number): void {
		this.#bytesPerSecond = bytesPerSecond;
	}

	async close(): Promise<void> {
		this.cut();
		const closed = once(this.#listener, "close");
		this.#listener.close();
		await closed;
	}

	#accept(client: Socket): void {
		this.accepted++;
		const pair = { client, upstream: dial(this.target, "127.0.0.1") };
		const { upstream } = pair;
		this.#pairs.add(pair);
		client.setNoDelay(true);
		upstream.setNoDelay(true);
		client.on("error", () => upstream.destroy()).on("close", () => this.#gone(pair));
		upstream.on("error", () => client.destroy()).on("close", () => client.end());
		client.pipe(upstream);
		upstream.on("data", (chunk) => this.#forward(pair, chunk));
		if (this.#stalled) {
			upstream.pause();
		}
	}

	#forward({ client, upstream }: Pair, chunk: Buffer): void {
		this.delivered += chunk.length;
		const room = client.write(chunk);
		const rest = (chunk.length / this.#bytesPerSecond) * 1000;
		if (room && rest < 1) {
			return;
		}
		upstream.pause();
		const go = () => {
			if (!this.#stalled) {
				upstream.resume();
			}
		};
		if (room) {
			setTimeout(go, rest);
		} else {
			client.once("drain", go);
		}
	}

	#gone(pair: Pair): void {
		this.#pairs.delete(pair);
		pair.upstream.destroy();
	}
}
