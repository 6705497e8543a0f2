// Mints JSON Web Tokens with nothing but node:crypto.

import { createHmac } from "node:crypto";
import { type JsonObject, secret } from "./server.js";

/** Returns a token (HS256) with these claims. */
export function mint(claims: JsonObject, key: string = secret): string {
	const head = encode({ alg: "HS256", typ: "JWT" });
	const body = encode(claims);
	return `${head}.${body}.${createHmac("sha256", key).update(`${head}.${body}`).digest("base64url")}`;
}

/** Returns the claims of a token, unchecked. */
export function claimsOf(token: string): JsonObject {
	return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as JsonObject;
}

/** The time in the seconds that tokens count in, moved by so many. */
export function inSeconds(seconds: number): number {
	return Math.floor(Date.now() / 1000) + seconds;
}

function encode(part: JsonObject): string {
	return Buffer.from(JSON.stringify(part)).toString("base64url");
}
