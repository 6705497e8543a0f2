import { describe, expect } from "vitest";
import type { Topic } from "../support/client.js";
import { test } from "../support/fixture.js";
import { cookieOf, post, problem, streamUrl } from "../support/http.js";
import type { RawSocket } from "../support/raw.js";
import { secret } from "../support/server.js";
import { claimsOf, inSeconds, mint } from "../support/token.js";
import { until } from "../support/until.js";

/** The actor of an event that is appended on this topic. */
async function actorOn(topic: Topic): Promise<string | undefined> {
	const { version } = await topic.push("card_added", {});
	await topic.reaches(version);
	return topic.events.at(-1)?.actor;
}

/** Waits until a socket was refused: by HTTP, or by a close code that says why. */
async function refused(socket: RawSocket): Promise<number> {
	const { status } = await socket.answered();
	return status === 101 ? socket.ended() : status;
}

describe("a token", () => {
	const token = mint({ sub: "ada", role: "member", exp: inSeconds(600) });

	test("comes by subprotocol, as phoenix's authToken sends it", async ({ connect }) => {
		const topic = await connect({ authToken: token }).join("meeting:1");
		expect((await topic.joined).actor).toBe("ada");
		expect(await actorOn(topic)).toBe("ada");
	});

	test("comes by the token parameter", async ({ connect }) => {
		const topic = await connect({ params: { token } }).join("meeting:1");
		expect(await actorOn(topic)).toBe("ada");
	});

	test("comes by Authorization", async ({ connect, server }) => {
		const topic = await connect({ headers: { Authorization: `Bearer ${token}` } }).join("meeting:1");
		expect(await actorOn(topic)).toBe("ada");
		const response = await post(
			server,
			"meeting:2",
			{ type: "card_added", data: 1 },
			{ Authorization: `Bearer ${token}` },
		);
		expect(response.status).toBe(200);
	});

	test("without an end is accepted", async ({ connect }) => {
		expect(await actorOn(await connect({ authToken: mint({ sub: "ada" }) }).join("meeting:1"))).toBe("ada");
	});

	const bad = {
		"that has expired": mint({ sub: "ada", exp: inSeconds(-600) }),
		"that is not valid yet": mint({ sub: "ada", nbf: inSeconds(600) }),
		"with another signature": mint({ sub: "ada" }, `${secret}?`),
		"of algorithm none": `${Buffer.from('{"alg":"none"}').toString("base64url")}.${Buffer.from('{"sub":"ada","role":"admin"}').toString("base64url")}.`,
		"without a subject": mint({ role: "admin" }),
		"that is no token": "abc",
	};
	test.for(Object.entries(bad))("%s is refused", async ([, token], { raw, server }) => {
		const socket = raw({ address: `${server.websocket}&token=${encodeURIComponent(token)}` });
		expect([401, 3000]).toContain(await refused(socket));
		const response = await fetch(streamUrl(server, "meeting:1"), { headers: { Authorization: `Bearer ${token}` } });
		expect(response.status).toBe(401);
		expect(await problem(response)).toMatchObject({ code: "unauthenticated" });
	});
});

describe("an anonymous caller", () => {
	test("is given an ID and a token at the join, and keeps the ID with the token", async ({ connect }) => {
		const first = await connect().join("meeting:1");
		const { id, token } = (await first.joined).caller ?? { id: "", token: "" };
		expect(id).toMatch(/./);
		expect(claimsOf(token)).toMatchObject({ sub: id });
		expect(await actorOn(first)).toBe(id);
		expect(await actorOn(await connect({ authToken: token }).join("meeting:1"))).toBe(id);
	});

	test("is another one without the token", async ({ connect }) => {
		const first = await connect().join("meeting:1");
		const second = await connect().join("meeting:1");
		expect((await first.joined).caller?.id).not.toBe((await second.joined).caller?.id);
	});

	test("keeps the ID by the cookie recount_caller", async ({ connect, server }) => {
		const response = await fetch(streamUrl(server, "meeting:1"));
		const cookie = cookieOf(response, "recount_caller");
		expect(cookie?.attributes).toEqual(expect.arrayContaining(["httponly", "samesite=lax"]));
		const topic = await connect({ headers: { Cookie: `other=1; recount_caller=${cookie?.value}` } }).join("meeting:1");
		expect(await actorOn(topic)).toBe(claimsOf(cookie?.value ?? "").sub);
	});

	test("cannot make a cookie himself", async ({ connect, raw }) => {
		const forged = mint({ sub: "root", role: "admin" }, "another key of thirty-two letters.");
		const socket = raw({ headers: { Cookie: `recount_caller=${forged}` } });
		const { status } = await socket.answered();
		expect([101, 401]).toContain(status);
		if (status === 101) {
			const topic = await connect({ headers: { Cookie: `recount_caller=${forged}` } }).join("meeting:1");
			expect(await actorOn(topic)).not.toBe("root");
		}
	});
});

describe("without anonymous callers", () => {
	test.override({ config: { auth: { jwt: { secret } } } });

	test("who has no token is refused", async ({ raw, server }) => {
		expect([401, 3000]).toContain(await refused(raw()));
		expect((await fetch(streamUrl(server, "meeting:1"))).status).toBe(401);
	});
});

describe("a guard", () => {
	test.override({
		config: {
			categories: {
				meeting: {
					signals: ["cursor_moved"],
					guards: {
						join: "id != 'secret' || caller.role == 'member'",
						append: "caller.role != 'viewer' && type != 'card_burnt'",
						signal: "caller.role != 'viewer'",
						read: "id != 'secret' || caller.role == 'member'",
					},
				},
			},
		},
	});

	test("forbids a join", async ({ connect }) => {
		const viewer = connect({ authToken: mint({ sub: "vic", role: "viewer" }) });
		await viewer.join("meeting:1");
		await expect(viewer.join("meeting:secret")).rejects.toMatchObject({
			code: "forbidden",
			message: expect.stringMatching(/./),
		});
		await connect({ authToken: mint({ sub: "ada", role: "member" }) }).join("meeting:secret");
	});

	test("forbids appends and signals, and the topic lives on", async ({ connect }) => {
		const viewer = await connect({ authToken: mint({ sub: "vic", role: "viewer" }) }).join("meeting:1");
		await expect(viewer.push("card_added", {})).rejects.toMatchObject({ code: "forbidden" });
		await expect(viewer.push("cursor_moved", {})).rejects.toMatchObject({ code: "forbidden" });
		const member = await connect({ authToken: mint({ sub: "ada", role: "member" }) }).join("meeting:1");
		await expect(member.push("card_burnt", {})).rejects.toMatchObject({ code: "forbidden" });
		await member.push("card_added", {});
		await viewer.reaches(1);
	});

	test("forbids reading over HTTP", async ({ server }) => {
		const response = await fetch(streamUrl(server, "meeting:secret"));
		expect(response.status).toBe(403);
		expect(await problem(response)).toMatchObject({ code: "forbidden" });
	});

	test("ends the subscription of a caller who loses the right", async ({ connect }) => {
		const topic = await connect({ authToken: mint({ sub: "ada", role: "member" }) }).join("meeting:secret");
		await topic.push("$authenticate", { token: mint({ sub: "ada", role: "guest" }) });
		await until("phx_close", () => topic.closed);
		expect(topic.notices).toMatchObject([{ code: "forbidden" }]);
	});
});

describe("a token that expires in mid-connection", () => {
	test("ends the subscription with a notice and phx_close", async ({ connect }) => {
		const topic = await connect({ authToken: mint({ sub: "ada", exp: inSeconds(4) }) }).join("meeting:1");
		await until("phx_close", () => topic.closed);
		expect(topic.notices.at(-1)).toMatchObject({ code: "unauthenticated", message: expect.stringMatching(/./) });
	});

	test("is prolonged by $authenticate", async ({ connect }) => {
		const client = connect({ authToken: mint({ sub: "ada", exp: inSeconds(4) }) });
		const doomed = connect({ authToken: mint({ sub: "bob", exp: inSeconds(4) }) });
		const [topic, other, control] = await Promise.all([
			client.join("meeting:1"),
			client.join("meeting:2"),
			doomed.join("meeting:1"),
		]);
		const exp = inSeconds(600);
		const { expires } = await topic.push<{ expires: string }>("$authenticate", { token: mint({ sub: "ada", exp }) });
		await until("the end of the token that was not prolonged", () => control.closed);

		expect(Date.parse(expires)).toBe(exp * 1000);
		expect(await actorOn(topic)).toBe("ada");
		expect(await actorOn(other)).toBe("ada");
		expect([topic.closed, other.closed]).toEqual([false, false]);
	});

	test("is not prolonged by a token that does not hold", async ({ connect }) => {
		const topic = await connect({ authToken: mint({ sub: "ada", exp: inSeconds(600) }) }).join("meeting:1");
		await expect(
			topic.push("$authenticate", { token: mint({ sub: "ada", exp: inSeconds(-60) }) }),
		).rejects.toMatchObject({
			code: "unauthenticated",
		});
	});
});

describe("system streams and undeclared categories", () => {
	test("take no raw append from outside", async ({ connect, server }) => {
		const member = { Authorization: `Bearer ${mint({ sub: "ada", role: "member" })}` };
		const system = await post(server, "$accounts:1", { type: "email_claimed", data: {} }, member);
		expect(system.status).toBe(403);
		expect(await problem(system)).toMatchObject({ code: "forbidden" });
		const undeclared = await post(server, "meting:1", { type: "card_added", data: {} });
		expect(undeclared.status).toBe(404);
		expect(await problem(undeclared)).toMatchObject({ code: "not_found" });
		await expect(connect({ headers: member }).join("$accounts:1")).rejects.toMatchObject({ code: "forbidden" });
	});
});

describe("a page of another origin", () => {
	const foreign = { Origin: "https://elsewhere.example" };

	test("is refused", async ({ raw, server }) => {
		expect(await raw({ headers: foreign }).answered()).toMatchObject({ status: 403 });
		expect((await post(server, "meeting:1", { type: "card_added", data: 1 }, foreign)).status).toBe(403);
	});

	test("of the same host is let in", async ({ raw, server }) => {
		expect(await raw({ headers: { Origin: server.url } }).answered()).toMatchObject({ status: 101 });
	});
});

describe("a page of an origin that auth.origins names", () => {
	const foreign = { Origin: "https://elsewhere.example" };
	test.override({ config: { auth: { anonymous: true, origins: [foreign.Origin] } } });

	test("is let in", async ({ raw, server }) => {
		expect(await raw({ headers: foreign }).answered()).toMatchObject({ status: 101 });
		const response = await post(server, "meeting:1", { type: "card_added", data: 1 }, foreign);
		expect(response.status).toBe(200);
		expect(response.headers.get("Access-Control-Allow-Origin")).toBe(foreign.Origin);
	});
});
